import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { ProbeFinding } from '../../src/probe/index.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { startNats } from '../support/nats.ts';
import { check, embedded, keptBelow, PATIENCE_MS, served } from './checks.ts';

/** How quick a broker is depends on the machine too: only one that is slow by design is asked. */
const SPEED = 'round-trip';

const NEEDED = [
  'qos-1',
  'qos-0',
  'permissions',
  'retained',
  'retained-cleared',
  'payload-262144',
  'name-plain',
];

it('has nothing against the embedded broker', { timeout: PATIENCE_MS }, async () => {
  const port = await served(embedded());
  const root = randomUUID();
  const told: ProbeFinding[] = [];
  const findings = await check(port, { root, onFinding: (finding) => told.push(finding) });
  expect(failures(findings)).toEqual(['shared-subscription']);
  expect(told).toEqual(findings);
  const needed = findings.filter(({ importance }) => importance === 'needed').map(({ probe }) => probe);
  expect(needed).toEqual(NEEDED);
  expect(await keptBelow(port, root)).toEqual([]);
});

it('has nothing against mosquitto as we ask for it', { timeout: PATIENCE_MS }, async () => {
  const port = await served(startMosquitto());
  const root = randomUUID();
  expect(failures(await check(port, { root }))).toEqual([]);
  expect(await keptBelow(port, root)).toEqual([]);
});

it('finds what mosquitto as it comes loses and delays, and names the settings', {
  timeout: PATIENCE_MS,
}, async () => {
  const port = await served(startMosquitto({ limits: 'default', noDelay: false }));
  const findings = await check(port);
  expect(failures(findings)).toEqual(['burst', 'many-retained']);
  for (const probe of ['burst', 'many-retained']) {
    expect(found(findings, probe)).toMatchObject({
      importance: 'wanted',
      detail: expect.stringMatching(/^1020 of \d+ /),
      remedy: expect.stringContaining('max_queued_messages 0 and max_inflight_messages 0'),
    });
  }
  expect(found(findings, SPEED)).toMatchObject({
    importance: 'wanted',
    outcome: 'fails',
    remedy: expect.stringContaining('set_tcp_nodelay true'),
  });
});

it('finds what NATS refuses, of which nothing is needed', { timeout: PATIENCE_MS }, async () => {
  const port = await served(startNats());
  const root = randomUUID();
  const findings = await check(port, { root });
  expect(failures(findings)).toEqual(['name-dot', 'name-space', 'qos-2', 'shared-subscription']);
  expect(found(findings, 'name-dot')).toMatchObject({
    importance: 'wanted',
    detail: 'the broker closed the connection',
    remedy: expect.stringContaining('without a dot'),
  });
  expect(await keptBelow(port, root)).toEqual([]);
});

/** What does not work, apart from how quick it is. */
function failures(findings: readonly ProbeFinding[]): readonly string[] {
  return findings
    .filter(({ probe, outcome }) => outcome !== 'works' && probe !== SPEED)
    .map(({ probe }) => probe);
}

function found(findings: readonly ProbeFinding[], probe: string): ProbeFinding | undefined {
  return findings.find((each) => each.probe === probe);
}
