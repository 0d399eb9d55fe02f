import { expect, test } from 'vitest';
import { createLogger } from '../../src/cli/logger.ts';

function written(say: (logger: ReturnType<typeof createLogger>) => void, debug = false): string {
  let text = '';
  const write = (piece: string): void => {
    text += piece;
  };
  say(
    createLogger({ write, isTerminal: true, hasColour: true, columns: 80, flush: async () => {} }, { debug }),
  );
  return text;
}

test('warnings and what matters always, details with --debug only', () => {
  const say = (logger: ReturnType<typeof createLogger>): void => {
    logger.debug('detail');
    logger.info('fact');
    logger.warn('trouble');
  };
  expect(written(say)).toBe('fact\nwarning: trouble\n');
  expect(written(say, true)).toBe('debug: detail\nfact\nwarning: trouble\n');
});

test('what others sent does nothing to the terminal, and is no longer than can be read', () => {
  expect(written(({ warn }) => warn('verb "\x1b[2J\u202e\0" ignored'))).toBe(
    'warning: verb "␛[2J\\u{202e}␀" ignored\n',
  );
  expect(written(({ warn }) => warn('x'.repeat(1_000_000)))).toHaveLength(8011);
});
