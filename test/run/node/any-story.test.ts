import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Reply } from '../../../src/protocol/index.ts';
import type { Command } from '../../../src/run/node/command.ts';
import { createCommand } from '../../../src/run/node/command.ts';
import { NodeMachine } from '../../../src/run/node/node-machine.ts';
import type { NodeEffect, NodeInput } from '../../../src/run/node/node-port.ts';
import { createPortWatch } from '../../../src/run/node/port-watch.ts';
import { heartbeat, info, infoCleared, infoOf, NODE, SETTINGS, status } from './node-fixture.ts';

/** Something that happens: an input, or what becomes one when the ids under way are known. */
type Happening =
  | { readonly kind: 'input'; readonly input: NodeInput }
  | { readonly kind: 'send'; readonly text: string }
  | { readonly kind: 'watch'; readonly port: number }
  | { readonly kind: 'reply'; readonly reply: object; readonly about: number };

const session = fc.constantFrom('s1', 's2', 's3');
const seq = fc.nat(30);
const word = fc.constantFrom('ALIVE', 'STARTED', 'STOPPED', 'STOPPED lease-lost', 'READY', 'FAILED INIT 1');
const retained = fc.constantFrom('live' as const, 'retained' as const);
const message = fc
  .oneof(
    fc.tuple(session, retained).map(([s, how]) => info(s, how)),
    fc.constant(infoCleared),
    fc
      .tuple(
        fc.oneof(
          word,
          session.map((s) => `OFFLINE ${s}`),
        ),
        retained,
      )
      .map(([text, how]) => status(text, how)),
    fc.tuple(session, seq, fc.boolean()).map(([s, n, busy]) => heartbeat(s, n, busy)),
  )
  .map((each): NodeInput => ({ kind: 'message', message: each }));
const input = fc.oneof(
  message,
  fc.constantFrom<NodeInput>(
    { kind: 'asked' },
    { kind: 'connected' },
    { kind: 'disconnected' },
    { kind: 'clock-renewed' },
    { kind: 'release', stop: false },
    { kind: 'withdraw' },
    { kind: 'tick' },
  ),
);
const reply = fc
  .tuple(
    session,
    seq,
    fc.oneof(
      fc.record({ kind: fc.constant('ack'), accepted: fc.constant(true) }),
      fc.record({
        kind: fc.constant('ack'),
        accepted: fc.constant(false),
        refusal: fc.constantFrom('busy', 'not-ready'),
        reason: fc.constant('no'),
      }),
      fc.record({ kind: fc.constant('status'), text: word, repeat: fc.boolean() }),
      fc.record({
        kind: fc.constant('result'),
        outcome: fc.constantFrom('ok', 'failed', 'cancelled', 'expired', 'lost'),
      }),
      fc.record({ kind: fc.constant('probed'), state: fc.constantFrom('listening', 'closed', 'unknown') }),
      fc.record({ kind: fc.constant('pong'), t0: fc.constant(0), t1: fc.constant(0), t2: fc.constant(0) }),
      session.map((s) => ({
        kind: 'report',
        info: infoOf(s),
        status: 'ALIVE',
        lease: null,
        forgotten: 4,
        unfinished: [],
      })),
    ),
  )
  .map(([s, n, rest]) => ({ v: 1, session: s, seq: n, ...rest }));
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: input.map((each) => ({ kind: 'input' as const, input: each })) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('START 1', 'STOP', 'FOO', 'TERMINATE').map((text) => ({
      kind: 'send' as const,
      text,
    })),
  },
  { weight: 1, arbitrary: fc.constantFrom(5201, 5202).map((port) => ({ kind: 'watch' as const, port })) },
  {
    weight: 6,
    arbitrary: fc.tuple(reply, fc.nat(20)).map(([each, about]) => ({
      kind: 'reply' as const,
      reply: each,
      about,
    })),
  },
);
const story = fc.array(fc.tuple(fc.constantFrom(0, 1, 10, 300, 1000, 3000, 20_000), happening), {
  maxLength: 60,
});

it('in any story, time goes on, a command ends once, and goes to one session only, or as text once', () => {
  fc.assert(
    fc.property(story, fc.boolean(), fc.boolean(), (happenings, holdLease, takeOver) => {
      let ids = 0;
      const createId = (): string => {
        ids += 1;
        return `id${ids}`;
      };
      const machine = new NodeMachine(NODE, { ...SETTINGS, createId, holdLease, takeOver });
      const askedIds: string[] = [];
      const sessionOf = new Map<string, string | undefined>();
      const ended = new Map<string, number>();
      const commands: Command[] = [];
      const texts = new Set<string>();
      let now = 0;

      const observe = (effects: readonly NodeEffect[]): void => {
        for (const effect of effects) {
          if (effect.kind === 'publish') {
            if (!askedIds.includes(effect.id)) askedIds.push(effect.id);
            const earlier = sessionOf.get(effect.id) ?? effect.session;
            expect(effect.session).toBe(earlier);
            sessionOf.set(effect.id, effect.session);
          }
          if (effect.kind === 'publish-text') {
            expect(texts).not.toContain(effect.command.id);
            texts.add(effect.command.id);
          }
          if (effect.kind === 'event' && effect.event.type === 'command-finished') {
            const id = effect.event.commandId;
            ended.set(id, (ended.get(id) ?? 0) + 1);
            expect(ended.get(id)).toBe(1);
          }
        }
        const deadline = machine.nextDeadline();
        if (deadline !== undefined) expect(deadline).toBeGreaterThan(now);
      };
      const happen = (each: NodeInput): void => observe(machine.handle(each, now));

      for (const [laterMs, what] of happenings) {
        const until = now + laterMs;
        for (let due = machine.nextDeadline(); due !== undefined && due <= until; ) {
          now = due;
          happen({ kind: 'tick' });
          due = machine.nextDeadline();
        }
        now = until;
        if (what.kind === 'input') {
          happen(what.input);
        } else if (what.kind === 'send') {
          const command = createCommand(createId(), what.text, now, SETTINGS.ackTimeoutMs);
          commands.push(command);
          happen({ kind: 'send', command });
        } else if (what.kind === 'watch') {
          happen({ kind: 'watch-port', watch: createPortWatch(what.port) });
        } else {
          const id = askedIds.at(-1 - what.about) ?? 'nobody';
          const reply = { id, ...what.reply } as Reply;
          happen({ kind: 'message', message: { kind: 'reply', reply, receivedAt: now } });
        }
      }
      const unfinished = new Set(machine.unfinished);
      for (const command of commands) expect(command.phase === 'ended').toBe(!unfinished.has(command));
    }),
    { numRuns: 1000 },
  );
});
