/** Where the program's words go. Each call gets whole lines or blocks, with their line ends. */
export interface Output {
  /** The result that was asked for: what a pipe or a file wants. */
  readonly stdout: Writer;
  /** Everything said about the way there: progress, warnings, errors. */
  readonly stderr: Writer;
}

export interface Writer {
  write(text: string): void;
  /** True when a person looks at it: only then are colours and moving lines of use. */
  readonly isTerminal: boolean;
  /** Whether colours are wanted there: on a terminal, unless NO_COLOR is set (https://no-color.org). */
  readonly hasColour: boolean;
  /** Width of the terminal in columns, as it is now; undefined where there is none. */
  readonly columns: number | undefined;
  /** Resolves when all that was written has left the process, or cannot any more. */
  flush(): Promise<void>;
}

export function createOutput(
  streams: { readonly stdout: NodeJS.WriteStream; readonly stderr: NodeJS.WriteStream },
  environment: NodeJS.ProcessEnv,
): Output {
  return {
    stdout: createWriter(streams.stdout, environment),
    stderr: createWriter(streams.stderr, environment),
  };
}

/**
 * A reader that went away (`| head -1`) is no error: what it does not want to read is dropped, and the work goes on, so
 * that nodes are never left as they are for the sake of a pipe.
 */
function createWriter(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Writer {
  let closed = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    closed = true;
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
  const isTerminal = stream.isTTY === true;
  return {
    isTerminal,
    hasColour: isTerminal && !environment.NO_COLOR,
    get columns() {
      return isTerminal ? stream.columns : undefined;
    },
    write(text) {
      if (!closed) stream.write(text);
    },
    flush: () =>
      new Promise((resolve) => {
        if (closed) resolve();
        else stream.write('', () => resolve());
      }),
  };
}
