import { describe, expect, test } from 'vitest';
import { createMachineBench, INTERRUPTED, type MachineBench } from './machine-bench.ts';

function startedBench(functions?: readonly string[]): MachineBench {
  const bench = createMachineBench();
  bench.start(functions);
  return bench;
}

describe('a command', () => {
  test('is acknowledged, run and reported', () => {
    const bench = startedBench();
    expect(bench.command('c1', 'START', ['a b', '$(x)'])).toEqual([
      'ack c1',
      'run startFunction a b $(x) for c1',
    ]);
    expect(bench.ended()).toEqual(['say STARTED (c1)', 'result c1 ok 0']);
  });

  test.each([
    { verb: 'START', name: 'startFunction', status: 'STARTED' },
    { verb: 'FOO', name: 'fooFunction', status: 'FOO-DONE' },
    { verb: 'MY-VERB_2', name: 'my_verb_2Function', status: 'MY-VERB_2-DONE' },
  ])('$verb is answered by $name and ends as $status', ({ verb, name, status }) => {
    const bench = startedBench([name]);
    expect(bench.command('c1', verb)).toEqual(['ack c1', `run ${name} for c1`]);
    expect(bench.ended()).toEqual([`say ${status} (c1)`, 'result c1 ok 0']);
  });

  test('that fails says its code, and its result the tail of stderr and the warnings', () => {
    const bench = startedBench();
    bench.command('c1', 'START');
    expect(bench.ended({ code: 7, stderrTail: 'no port', warnings: ['output dropped'] })).toEqual([
      'say FAILED START 7 (c1)',
      'result c1 failed 7: no port; output dropped',
    ]);
  });

  test.each([
    { what: 'a verb that the script does not answer', verb: 'BAR', says: 'FAILED BAR: unknown command' },
    { what: 'a verb in lower case', verb: 'start', says: 'FAILED start: unknown command' },
    {
      what: 'a verb named like a property of every object',
      verb: 'constructor',
      says: 'FAILED constructor: unknown command',
    },
    {
      what: 'a long unknown verb, quoted up to 40 characters',
      verb: 'X'.repeat(100),
      says: `FAILED ${'X'.repeat(40)}: unknown command`,
    },
    {
      what: 'START without a startFunction',
      verb: 'START',
      says: 'FAILED START: the node script has no startFunction',
    },
  ])('fails: $what', ({ verb, says }) => {
    const bench = startedBench(['stopFunction', 'constructorFunction']);
    const why = says.slice(says.indexOf(':') + 2);
    expect(bench.command('c1', verb)).toEqual(['ack c1', `say ${says} (c1)`, `result c1 failed 127: ${why}`]);
  });

  test('waits for those before it, in the order received', () => {
    const bench = startedBench();
    bench.command('c1', 'START', ['1']);
    expect(bench.command('c2', 'FOO')).toEqual(['ack c2']);
    expect(bench.command('c3', 'BAR')).toEqual(['ack c3']);
    expect(bench.command('c4', 'START', ['2'])).toEqual(['ack c4']);
    expect(bench.ended()).toEqual(['say STARTED (c1)', 'result c1 ok 0', 'run fooFunction for c2']);
    expect(bench.ended({ code: 1 })).toEqual([
      'say FAILED FOO 1 (c2)',
      'result c2 failed 1',
      'say FAILED BAR: unknown command (c3)',
      'result c3 failed 127: unknown command',
      'run startFunction 2 for c4',
    ]);
  });

  test('in plain text is run without an acknowledgement; its result has an id of the agent', () => {
    const bench = startedBench();
    expect(bench.text('START', '5201')).toEqual(['run startFunction 5201 for own1']);
    expect(bench.ended()).toEqual(['say STARTED (own1)', 'result own1 ok 0']);
  });

  test('in plain text first replaces the word with which it would end, if that is there already', () => {
    const bench = startedBench();
    bench.text('START', '5201');
    bench.ended();
    expect(bench.text('START', '5202')).toEqual([
      'say RECEIVED START (own2)',
      'run startFunction 5202 for own2',
    ]);
    expect(bench.text('STOP')).not.toContain('say RECEIVED STOP (own3)');
  });

  test('in plain text finds that word anywhere in the status, as those who look for it do', () => {
    const bench = startedBench();
    bench.handle({ kind: 'script-said', commandId: undefined, text: 'iperf3 was STARTED at noon' });
    expect(bench.text('START')[0]).toBe('say RECEIVED START (own1)');
  });

  test('in an envelope replaces nothing: REPLY tells one from the other', () => {
    const bench = startedBench();
    bench.command('c1', 'START');
    bench.ended();
    expect(bench.command('c2', 'START')).toEqual(['ack c2', 'run startFunction for c2']);
  });

  test('in plain text on a shared topic is ignored, and so is a retained one anywhere', () => {
    const bench = startedBench();
    const message = { kind: 'command', command: { kind: 'text', verb: 'START', args: [] } } as const;
    const shared = { ...message, topic: 'shared', retained: false, receivedAt: bench.now() } as const;
    expect(bench.handle({ kind: 'message', message: shared })).toEqual([
      'warn: ignored the plain text "START" on a shared topic: only envelopes count there',
    ]);
    expect(bench.command('c1', 'START', [], { retained: true })).toEqual([
      'warn: ignored a retained command: commands must be published without the retain flag',
    ]);
    expect(bench.command('c1', 'START')).toContain('ack c1');
  });
});

describe('a repeated id', () => {
  test.each([
    { when: 'queued', until: () => {}, again: ['ack c1'] },
    { when: 'running', until: (bench: MachineBench) => bench.ended(), again: ['ack c1'] },
    {
      when: 'finished',
      until: (bench: MachineBench) => {
        bench.ended();
        bench.handle({ kind: 'script-updated', commandId: 'c1', text: 'half' });
        bench.ended({ code: 3 });
      },
      again: ['ack c1', 'update c1: half', 'say FAILED FOO 3 (c1)', 'result c1 failed 3'],
    },
  ])('while $when is answered with what was said, and not run', ({ until, again }) => {
    const bench = startedBench();
    bench.command('c0', 'START');
    bench.command('c1', 'FOO');
    until(bench);
    const before = bench.replies.filter((reply) => 'id' in reply && reply.id === 'c1');
    const said = bench.replies.length;
    expect(bench.command('c1', 'FOO')).toEqual(again);
    expect(bench.replies.slice(said)).toEqual(before);
    expect(bench.effects.filter(({ kind }) => kind === 'run-function').length).toBeLessThanOrEqual(2);
  });

  test('of a refused command is refused with the same words', () => {
    const bench = startedBench();
    bench.command('l1', '_lease', ['ci@lab', '15000'], { run: 'r9' });
    const refused = bench.command('c1', 'START');
    bench.command('x1', '_release', [], { run: 'r9' });
    expect(bench.command('c1', 'START')).toEqual(refused);
  });

  test('is answered before its age is looked at', () => {
    const bench = startedBench();
    bench.command('c1', 'START');
    bench.ended();
    const sent = bench.now();
    bench.pass(120_000);
    expect(bench.command('c1', 'START', [], { sent })).toEqual([
      'ack c1',
      'say STARTED (c1)',
      'result c1 ok 0',
    ]);
  });

  test('is forgotten ten minutes after its end', () => {
    const bench = startedBench();
    bench.command('c1', 'FOO');
    bench.ended();
    bench.pass(10 * 60_000 + 1);
    bench.command('c2', 'FOO');
    bench.ended();
    expect(bench.command('c1', 'FOO')).toEqual(['ack c1', 'run fooFunction for c1']);
  });

  test('whose answer was crowded out of memory is lost, not run again', () => {
    const bench = startedBench();
    bench.command('c1', 'FOO');
    bench.ended();
    for (let n = 0; n < 12_000; n += 1)
      bench.handle({ kind: 'script-said', commandId: undefined, text: `s${n}` });
    const why = 'it came to its end, but what came of it is no longer known here';
    expect(bench.command('c1', 'FOO')).toEqual([`result c1 lost: ${why}`]);
    expect(bench.command('c1', 'FOO')).toEqual([`result c1 lost: ${why}`]);
  });
});

describe('a command that is late or meant for another', () => {
  test('is expired when it is older than its time to live', () => {
    const bench = startedBench();
    bench.command('p1', '_ping');
    const sent = bench.now();
    bench.pass(30_001);
    expect(bench.command('c1', 'START', [], { sent })).toEqual([
      'result c1 expired: it was 30001 ms old on arrival, at most 30000 are allowed',
    ]);
    expect(bench.command('c2', 'START', [], { sent: sent + 1 })).toContain('ack c2');
  });

  test('is judged by its own clock only', () => {
    const bench = startedBench();
    bench.command('p1', '_ping');
    bench.pass(60_000);
    expect(bench.command('c1', 'FOO', [], { sent: 1e9, clock: 'other' })).toContain('ack c1');
    expect(bench.command('c2', 'FOO', [], { sent: 1e9 - 31_000, clock: 'other' })[0]).toContain('c2 expired');
  });

  test('is lost when it was meant for an earlier session, however fresh', () => {
    const bench = startedBench();
    expect(bench.command('c1', 'START', [], { session: 's0' })).toEqual([
      'result c1 lost: it was meant for an earlier session of this agent',
    ]);
    expect(bench.command('c2', 'START', [], { session: 's1' })).toContain('ack c2');
  });

  test('on a shared topic counts only for the run that holds the node', () => {
    const bench = startedBench();
    expect(bench.command('c1', 'START', [], { topic: 'shared' })).toEqual([]);
    expect(bench.command('c2', 'START', [], { topic: 'shared', run: 'r1' })).toEqual([]);
    expect(bench.command('c3', 'STOP', [], { topic: 'shared', run: 'r1' })).toEqual([]);
    bench.command('l1', '_lease', ['ci@lab', '15000'], { run: 'r1' });
    expect(bench.command('c4', 'START', [], { topic: 'shared', run: 'r2' })).toEqual([]);
    expect(bench.command('c2', 'START', [], { topic: 'shared', run: 'r1' })).toEqual([
      'ack c2',
      'run startFunction for c2',
    ]);
  });
});

describe('what a script says', () => {
  test('is a status or an update of the command that it runs for', () => {
    const bench = startedBench();
    bench.command('c1', 'START');
    expect(bench.handle({ kind: 'script-said', commandId: 'c1', text: 'READY 5201' })).toEqual([
      'say READY 5201 (c1)',
    ]);
    expect(bench.handle({ kind: 'script-updated', commandId: 'c1', text: '10 %' })).toEqual([
      'update c1: 10 %',
    ]);
    expect(bench.handle({ kind: 'script-said', commandId: undefined, text: 'HELLO' })).toEqual(['say HELLO']);
    expect(bench.handle({ kind: 'script-updated', commandId: undefined, text: 'x' })).toEqual([]);
    bench.ended(INTERRUPTED);
    expect(bench.handle({ kind: 'script-said', commandId: 'c1', text: 'LATER' })).toEqual(['say LATER (c1)']);
  });

  test('goes out as STATUS, too, retained text for text', () => {
    const bench = startedBench();
    bench.handle({ kind: 'script-said', commandId: undefined, text: 'HELLO' });
    expect(bench.effects.at(-1)).toEqual({ kind: 'status', text: 'HELLO' });
  });

  test('is ignored when it is empty, since that would delete the status', () => {
    const bench = startedBench();
    expect(bench.handle({ kind: 'script-said', commandId: undefined, text: '' })).toEqual([
      'warn: ignored publish_mqtt without a text: a status has at least a word',
    ]);
  });

  test('is cut when it is enormous, between characters', () => {
    const bench = startedBench();
    const [said = ''] = bench.handle({
      kind: 'script-said',
      commandId: undefined,
      text: `${'x'.repeat(15_999)}😀${'y'.repeat(1000)}`,
    });
    expect(said).toMatch(/x \[1002 characters left out\]$/);
    expect(said.length).toBeLessThan(16_100);
  });
});
