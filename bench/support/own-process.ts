import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a process of a benchmark can be asked, by name. */
type Questions = Readonly<Record<string, (argument: never) => unknown>>;

/** A process of ours that has done what it was started for, and answers questions until it is ended. */
export interface OwnProcess {
  readonly pid: number;
  ask<T>(question: string, argument?: unknown): Promise<T>;
  end(): Promise<void>;
}

/** Longer than anything takes here: what does not answer by then has failed. */
const ANSWER_MS = 120_000;

type Message = { readonly answer?: unknown; readonly problem?: string };

/** Starts `bench/processes/<name>.ts`; resolves when it is ready. */
export async function startOwn(name: string, request: unknown): Promise<OwnProcess> {
  // A bundle in pieces: this file may be in any of them, all in one folder with the processes.
  const folder = dirname(fileURLToPath(import.meta.url));
  const child = fork(join(folder, 'processes', `${name}.js`), { execArgv: ['--expose-gc'] });
  const ask = async (message: unknown): Promise<unknown> => {
    child.send(message as object);
    const { answer, problem } = await nextMessage(child, name);
    if (problem !== undefined) throw new Error(`${name}: ${problem}`);
    return answer;
  };
  await ask(request);
  return {
    pid: child.pid ?? 0,
    ask: <T>(question: string, argument?: unknown) => ask({ question, argument }) as Promise<T>,
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

function nextMessage(child: ChildProcess, name: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`${name} ended with ${code}`));
    const timer = setTimeout(() => reject(new Error(`${name} does not answer`)), ANSWER_MS);
    child.once('exit', onExit);
    child.once('message', (message: Message) => {
      clearTimeout(timer);
      child.removeListener('exit', onExit);
      resolve(message);
    });
  });
}

/** The other side: the first message is the request, every later one a question. */
export function serveParent<Request>(begin: (request: Request) => Promise<Questions>): void {
  let questions: Questions | undefined;
  const answerTo = async (message: unknown): Promise<unknown> => {
    if (!questions) {
      questions = await begin(message as Request);
      return undefined;
    }
    const { question, argument } = message as { question: string; argument: unknown };
    return questions[question]?.(argument as never);
  };
  process.on('message', (message) => {
    answerTo(message).then(
      (answer) => process.send?.({ answer }),
      (thrown: unknown) => process.send?.({ problem: String(thrown) }),
    );
  });
  process.on('disconnect', () => process.exit());
}
