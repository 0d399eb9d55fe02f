import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AGENT_TOPICS, checkRootTopic, createTopics } from '../../src/protocol/index.ts';
import { agentTopic, anyText, nodeName, rootTopic, toNodeName } from './messages.ts';

describe('topics below a root', () => {
  const node1 = toNodeName('node1');

  test.each(['testlab', 'site/building-2/lab'])('%s', (root) => {
    const topics = createTopics(root);
    expect(topics.command(node1)).toBe(`${root}/node1/COMMAND`);
    expect(topics.commandToAll).toBe(`${root}/_all/COMMAND`);
    expect(topics.commandToGroup('clients')).toBe(`${root}/_group/clients/COMMAND`);
    expect(topics.fromAgent(node1, 'STATUS')).toBe(`${root}/node1/STATUS`);
    expect(topics.fromAllAgents('REPLY')).toBe(`${root}/+/REPLY`);
    expect(topics.parseFromAgent(`${root}/node1/OUTPUT`)).toEqual({ node: 'node1', kind: 'OUTPUT' });
  });

  test('what an agent publishes is known by its topic, at every root', () => {
    fc.assert(
      fc.property(rootTopic, nodeName, agentTopic, (root, node, kind) => {
        const topics = createTopics(root);
        expect(topics.parseFromAgent(topics.fromAgent(node, kind))).toEqual({ node, kind });
      }),
    );
  });

  test('the filter for all agents matches that topic of every node, and of that kind alone', () => {
    fc.assert(
      fc.property(rootTopic, nodeName, agentTopic, agentTopic, (root, node, kind, other) => {
        const topics = createTopics(root);
        expect(matches(topics.fromAllAgents(kind), topics.fromAgent(node, other))).toBe(kind === other);
      }),
    );
  });

  test.each([
    ['testlab/node1/COMMAND'],
    ['testlab/_all/COMMAND'],
    ['testlab/_all/STATUS'],
    ['testlab/_group/STATUS'],
    ['testlab/_group/clients/STATUS'],
    ['testlab/__proto__/STATUS'],
    ['testlab/node1/status'],
    ['testlab/node1/constructor'],
    ['testlab/node1/'],
    ['testlab/node1'],
    ['testlab/node1/STATUS/'],
    ['testlab/node1/STATUS/more'],
    ['testlab//STATUS'],
    ['testlab/STATUS'],
    ['testlab/+/STATUS'],
    ['testlab/#'],
    ['/testlab/node1/STATUS'],
    ['other/testlab/node1/STATUS'],
    ['testlab2/node1/STATUS'],
    ['Testlab/node1/STATUS'],
    ['testlabXnode1/STATUS'],
    ['testlab'],
    [''],
  ])('%j is from no agent', (topic) => {
    expect(createTopics('testlab').parseFromAgent(topic)).toBeUndefined();
  });

  test('a topic of another root is from no agent, also when one root is inside the other', () => {
    const twoRoots = fc.oneof(
      fc.tuple(rootTopic, rootTopic),
      fc.tuple(rootTopic, nodeName).map(([root, level]) => [root, `${root}/${level}`] as const),
    );
    fc.assert(
      fc.property(twoRoots, nodeName, agentTopic, ([a, b], node, kind) => {
        fc.pre(a !== b);
        expect(createTopics(a).parseFromAgent(createTopics(b).fromAgent(node, kind))).toBeUndefined();
        expect(createTopics(b).parseFromAgent(createTopics(a).fromAgent(node, kind))).toBeUndefined();
      }),
    );
  });

  test('no other text is taken for a topic of an agent', () => {
    const nearly = fc
      .array(fc.constantFrom('testlab', 'node1', '_all', '', '/', '/', '/', '+', ...AGENT_TOPICS), {
        maxLength: 8,
      })
      .map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(
        fc.oneof(
          nearly,
          anyText.map((text) => `testlab/${text}`),
        ),
        (topic) => {
          const topics = createTopics('testlab');
          const from = topics.parseFromAgent(topic);
          if (from) expect(topics.fromAgent(from.node, from.kind)).toBe(topic);
        },
      ),
    );
  });
});

describe('checkRootTopic', () => {
  test('takes one to fifteen levels that are named like nodes', () => {
    fc.assert(
      fc.property(rootTopic, (root) => {
        expect(checkRootTopic(root)).toBeUndefined();
      }),
    );
  });

  test('fifteen levels are the most', () => {
    const levels = Array.from({ length: 15 }, () => 'lab');
    expect(checkRootTopic(levels.join('/'))).toBeUndefined();
    expect(checkRootTopic([...levels, 'lab'].join('/'))).toContain('it has 16 levels');
  });

  test.each([
    ['', 'is needed'],
    ['/', 'empty level'],
    ['/lab', 'empty level'],
    ['lab/', 'empty level'],
    ['a//b', 'empty level'],
    ['lab/+', '"+"'],
    ['lab/#', '"#"'],
    ['$SYS', '"$SYS"'],
    ['_all', '"_all"'],
    ['my lab', '"my lab"'],
    ['lab\0', 'other characters'],
    ['labör', '"labör"'],
    ['x'.repeat(65_536), `"${'x'.repeat(40)}"`],
  ])('%j: %s', (root, problem) => {
    expect(checkRootTopic(root)).toContain(problem);
  });

  test('a root that is taken has no wildcard, no blank and no empty level', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.stringMatching(/^[a+#/ _$]{1,6}$/)), (root) => {
        if (checkRootTopic(root) === undefined) expect(root).toMatch(/^[^/+#$\s]+(\/[^/+#$\s]+)*$/);
      }),
    );
  });
});

/** As a broker matches a filter whose only wildcards are `+`. */
function matches(filter: string, topic: string): boolean {
  const [levels, topicLevels] = [filter.split('/'), topic.split('/')];
  return (
    levels.length === topicLevels.length &&
    levels.every((level, index) => level === '+' || level === topicLevels[index])
  );
}
