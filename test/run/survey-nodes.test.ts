import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/index.ts';
import { createControlChannel } from '../../src/channel/index.ts';
import { parseTextPlaybook, playbookNodes } from '../../src/playbook/index.ts';
import type { InspectQuestion } from '../../src/protocol/index.ts';
import { type SurveyedNode, surveyNodes } from '../../src/run/index.ts';
import { createLab, type Lab, ROOT } from './lab.ts';

let lab: Lab;
beforeEach(() => {
  lab = createLab();
});
afterEach(() => lab.close());

const QUESTION: InspectQuestion = { verbs: ['FOO'], ports: [5201], ways: [] };
const SCRIPT = { startFunction: { takesMs: Number.POSITIVE_INFINITY } };

async function survey(playbook?: string, meanwhile = (): void => {}): Promise<readonly SurveyedNode[]> {
  const { broker, clock } = lab;
  const transport = broker.connect({ clientId: `survey-${Math.random()}`, clock });
  const parsed = playbook === undefined ? undefined : parseTextPlaybook(playbook, 'test').value;
  let isDone = false;
  let isMet = false;
  const surveying = surveyNodes({
    channel: createControlChannel({ transport, root: ROOT, clock, logger: silentLogger, ttlMs: 30_000 }),
    clock,
    logger: silentLogger,
    broker: 'memory',
    connectTimeoutMs: 10_000,
    answerMs: 2500,
    signal: new AbortController().signal,
    inventory: undefined,
    wanted: parsed && playbookNodes(parsed, new Map()),
    questionsFor: () => () => QUESTION,
    onMet: () => {
      isMet = true;
    },
    onProgress() {},
  }).finally(() => {
    isDone = true;
  });
  surveying.catch(() => {});
  while (!isDone) {
    await clock.advance(100);
    if (isMet) meanwhile();
    isMet = false;
  }
  return surveying;
}

const tell = ({ node, state, inspection, clock }: SurveyedNode): string => {
  const found = 'unknown' in inspection ? inspection.unknown : `ports ${inspection.ports.length}`;
  return `${node} ${state}, ${'unknown' in clock ? clock.unknown : 'clock known'}: ${found}`;
};

describe('surveyNodes', () => {
  it('asks everybody who is there, and names those who do not answer', async () => {
    const asked: InspectQuestion[] = [];
    lab.agent('node2', SCRIPT, [], [], [], (question) => {
      asked.push(question);
      return { ports: [{ port: 5201, state: 'free' }] };
    });
    lab.agent('node10', SCRIPT);
    lab.legacyAgent('router', 'STARTED');
    lab.textOnlyAgent('shell');
    const frozen = lab.agent('node3', SCRIPT);
    const killed = lab.agent('node4', SCRIPT);
    await lab.clock.advance(1000);
    frozen.freeze();
    killed.kill();
    expect((await survey()).map(tell)).toEqual([
      'node2 alive, clock known: ports 1',
      expect.stringMatching(/^node3 silent, .*: it has an INFO but does not answer/),
      'node10 alive, clock known: ports 0',
      'router legacy, it reads plain text alone, and answers no ping: its agent reads plain text alone, and answers no question',
      'shell alive, it reads plain text alone, and answers no ping: its agent reads plain text alone, and answers no question',
    ]);
    expect(asked).toEqual([QUESTION]);
  });

  it('asks those of a playbook: named ones even if they are not there, groups as they answer', async () => {
    lab.agent('node1', SCRIPT, ['clients']);
    lab.agent('node2', SCRIPT);
    lab.agent('node3', SCRIPT);
    const nodes = await survey('SEND @clients START\nSEND node2 START\nSEND node9 START');
    expect(nodes.map(tell)).toEqual([
      'node1 alive, clock known: ports 0',
      'node2 alive, clock known: ports 0',
      'node9 unknown, it has not been heard of: it has not been heard of',
    ]);
  });

  it('fails where a group is empty', async () => {
    lab.agent('node1', SCRIPT);
    await expect(survey('SEND @clients START')).rejects.toMatchObject({ code: 'NO_NODES' });
  });

  it('takes no lease, and looks at a node that is held and busy', async () => {
    const agent = lab.agent('node1', SCRIPT);
    const run = lab.run('SEND node1 START\nWAITFOR node1 STARTED');
    await run.until('step-finished', ({ step }) => step.kind === 'send');
    const [node] = await survey();
    expect(node).toMatchObject({
      lease: { owner: 'user1@lab' },
      inspection: { script: { state: 'ready' }, unanswered: ['FOO'] },
    });
    expect(agent.calls).toEqual(['startFunction']);
    run.interrupt();
    await run.end();
  });

  it('asks again when the question or its answer was lost', async () => {
    let looks = 0;
    lab.agent('node1', SCRIPT, [], [], [], () => {
      looks += 1;
      return looks === 1 ? undefined : {};
    });
    const agent = lab.agent('node2', SCRIPT);
    await lab.clock.advance(1000);
    const nodes = await survey(undefined, () => agent.drop());
    expect(nodes.map(tell)).toEqual([
      'node1 alive, clock known: it did not answer within 25s',
      'node2 alive, clock known: ports 0',
    ]);
    // One look goes on, however often it is asked for.
    expect(looks).toBe(1);
  });

  it('says when an agent goes, or is another one, meanwhile', async () => {
    const agent = lab.agent('node1', SCRIPT, [], [], [], () => undefined);
    await lab.clock.advance(1000);
    const [gone] = await survey(undefined, () => agent.kill());
    expect(gone && tell(gone)).toMatch(/^node1 (reconnecting|lost), .*: the broker said OFFLINE/);
    const first = lab.agent('node2', SCRIPT, [], [], [], () => {
      first.kill();
      lab.agent('node2', SCRIPT);
      return undefined;
    });
    const since = lab.clock.now();
    const nodes = await survey('SEND node2 START');
    // Nobody waits for the answer of the one before.
    expect(lab.clock.now() - since).toBeLessThan(20_000);
    expect(nodes.map(tell)).toEqual([expect.stringMatching(/: its agent was started again meanwhile$/)]);
  });
});
