import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ControlDecoder, type ControlMessage } from '../../../src/agent/shell/control-decoder.ts';

function decode(...chunks: readonly (string | Uint8Array)[]): ControlMessage[] {
  const messages: ControlMessage[] = [];
  const decoder = new ControlDecoder((message) => messages.push(message));
  for (const chunk of chunks) decoder.push(Buffer.from(chunk));
  return messages;
}

test('a line is a message', () => {
  expect(decode('status\tc1\t9.1\t0\tALL DONE\n')).toEqual([
    { kind: 'status', commandId: 'c1', text: 'ALL DONE' },
  ]);
});

test('tabs, backslashes and line ends in the text', () => {
  expect(decode('update\t\t9.1\t0\ta\tb\\\\n\\n\\\\\\\\\n')).toEqual([
    { kind: 'update', commandId: '', text: 'a\tb\\n\n\\\\' },
  ]);
});

test('pieces of two writers', () => {
  const lines = [
    'update\tc\t1.1\t1\ta',
    'update\tc\t2.1\t1\tx',
    'update\tc\t1.1\t0\tb',
    'update\tc\t2.1\t0\ty',
    '',
  ];
  expect(decode(lines.join('\n')).map(({ text }) => text)).toEqual(['ab', 'xy']);
});

test.each([['garbage'], ['too\tfew\ttabs\t0'], [''], ['\0']])(
  'a line of another form (%j) is skipped',
  (line) => {
    expect(decode(`${line}\nend\tc1\t9.1\t0\t3 return\n`)).toHaveLength(1);
  },
);

test('a line without end costs no memory, and the next one is read', () => {
  const flood = Array.from({ length: 100 }, () => 'x'.repeat(64_000));
  expect(decode(...flood, '\nend\tc1\t9.1\t0\t3 return\n')).toHaveLength(1);
});

test('messages that are never finished are forgotten, oldest first', () => {
  const begun = Array.from({ length: 200 }, (_, pid) => `update\tc\t${pid}.1\t1\tbegin\n`).join('');
  const ends = [0, 199].map((pid) => `update\tc\t${pid}.1\t0\tend\n`).join('');
  expect(decode(begun, ends).map(({ text }) => text)).toEqual(['end', 'beginend']);
});

test('a text is at most 1 MiB long', () => {
  const piece = `update\tc\t1.1\t1\t${'x'.repeat(400)}\n`;
  const [message] = decode(piece.repeat(5000), 'update\tc\t1.1\t0\tlast\n');
  expect(message?.text.length).toBeLessThanOrEqual(1024 * 1024 + 400);
});

test('it does not matter where the bytes are cut', () => {
  const bytes = Buffer.from('update\tc\t1.1\t1\té😀\nstatus\tc\t1.2\t0\tready\\n\nupdate\tc\t1.1\t0\t€\n');
  const whole = decode(bytes);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const points = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const chunks = points.slice(1).map((end, index) => bytes.subarray(points[index], end));
      expect(decode(...chunks)).toEqual(whole);
    }),
  );
});
