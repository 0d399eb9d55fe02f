import { type Clock, errorMessage } from '../../base/index.ts';
import { lookAtPorts } from '../../process/index.ts';
import type { CommandSeen, WaySeen } from '../../protocol/index.ts';
import type { EffectOf, Seen } from '../machine/agent-port.ts';
import { cleanEnvironment } from '../shell/shell-environment.ts';
import { lookForCommand } from './look-for-command.ts';
import { measureSpace } from './measure-space.ts';
import { parseRequirements, type Requirement } from './requirements.ts';
import { tryWay } from './try-way.ts';

interface InspectorOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly withheld: readonly string[];
  readonly workingDirectory: string;
  readonly clock: Clock;
}

interface Inspector {
  inspect(effect: EffectOf<'inspect'>): Promise<Seen>;
  /** Ends what is under way: it rejects. */
  giveUp(): void;
}

type Way = EffectOf<'inspect'>['question']['ways'][number];

/** So many programs and connections at a time; node scripts have the machine for themselves. */
const MOST_AT_A_TIME = 4;
/** Of a whole answer, however much was asked. */
const LONGEST_MS = 15_000;

/** Looks at this machine as the node script sees it, and runs nothing in its shell. */
export function createInspector(options: InspectorOptions): Inspector {
  const { clock, workingDirectory } = options;
  const abort = new AbortController();
  return {
    giveUp: () => abort.abort(new Error('the agent ends')),
    async inspect({ question, needs }) {
      const inherited = cleanEnvironment(process.env, options.withheld);
      const path = needs.path === undefined ? {} : { PATH: needs.path };
      const environment = { ...inherited, ...options.environment, ...path };
      const look = { environment, workingDirectory, clock, signal: abort.signal };
      const takeTurn = createTurns(clock);
      const requirements = parseRequirements(needs.requires);
      const [commands, ways, ports, folders] = await Promise.all([
        Promise.all(
          requirements.map((each) =>
            takeTurn(
              () => lookForCommand(each, look),
              (reason) => commandUnknown(each, reason),
            ),
          ),
        ),
        Promise.all(
          question.ways.map((way) =>
            takeTurn(
              () => tryWay(way, look),
              (reason) => wayUnknown(way, reason),
            ),
          ),
        ),
        lookAtPorts(question.ports),
        measureSpace(look).catch(() => []),
      ]);
      return { commands, ways, ports, folders };
    },
  };
}

/** Has things done a few at a time, while there is time; `otherwise` stands for what was not begun, or went wrong. */
function createTurns(clock: Clock) {
  const until = clock.now() + LONGEST_MS;
  const waiting: (() => void)[] = [];
  let running = 0;
  const free = (): void => {
    running -= 1;
    waiting.shift()?.();
  };
  return async <T>(look: () => Promise<T>, otherwise: (reason: string) => T): Promise<T> => {
    if (running >= MOST_AT_A_TIME) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return clock.now() < until ? await look() : otherwise('there was no time left to look');
    } catch (thrown) {
      return otherwise(errorMessage(thrown));
    } finally {
      free();
    }
  };
}

function commandUnknown({ text }: Requirement, reason: string): CommandSeen {
  return { text, state: 'unknown', reason };
}

function wayUnknown(way: Way, reason: string): WaySeen {
  return { ...way, state: 'unknown', by: way.port === undefined ? 'ping' : 'tcp', reason };
}
