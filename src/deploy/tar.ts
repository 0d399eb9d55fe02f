const BLOCK = 512;

export interface TarEntry {
  /** Less than 100 characters, without folders. */
  readonly name: string;
  readonly contents: Uint8Array;
}

/** An archive (ustar) of plain files, each for its owner only: who may read it is decided where it is unpacked. */
export function createTar(entries: readonly TarEntry[], wallMs: number): Uint8Array {
  const pieces = entries.flatMap(({ name, contents }) => [
    headerOf(name, contents.byteLength, wallMs),
    contents,
    new Uint8Array((BLOCK - (contents.byteLength % BLOCK)) % BLOCK),
  ]);
  return Buffer.concat([...pieces, new Uint8Array(2 * BLOCK)]);
}

function headerOf(name: string, size: number, wallMs: number): Uint8Array {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100, 'latin1');
  header.write('0000600\0', 100, 'latin1');
  header.write('0000000\0', 108, 'latin1');
  header.write('0000000\0', 116, 'latin1');
  header.write(`${octal(size, 11)}\0`, 124, 'latin1');
  header.write(`${octal(wallMs / 1000, 11)}\0`, 136, 'latin1');
  // The sum is made as if these were blanks.
  header.write('        ', 148, 'latin1');
  header.write('00', 263, 'latin1');
  header.write('0', 156, 'latin1');
  header.write('ustar\0', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148, 'latin1');
  return header;
}

function octal(value: number, digits: number): string {
  return Math.floor(value).toString(8).padStart(digits, '0');
}
