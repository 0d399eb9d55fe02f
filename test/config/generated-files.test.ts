import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { formatReferenceTable, formatSample } from '../../src/config/index.ts';

const REFERENCE = new URL('../../docs/reference/config.md', import.meta.url).pathname;
const SAMPLE = new URL('../../global.config.sample', import.meta.url).pathname;

// `npm run generate` writes both anew after a change of the schema.

it('global.config.sample says what the schema says', async () => {
  await expect(formatSample()).toMatchFileSnapshot(SAMPLE);
});

it('the table of docs/reference/config.md says what the schema says', async () => {
  const page = readFileSync(REFERENCE, 'utf8');
  expect(page).toMatch(TABLE);
  await expect(
    page.replace(TABLE, `<!-- keys -->\n${formatReferenceTable()}<!-- /keys -->`),
  ).toMatchFileSnapshot(REFERENCE);
});

const TABLE = /<!-- keys -->\n[\s\S]*<!-- \/keys -->/;
