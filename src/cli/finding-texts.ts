import type { Finding } from '../probe/index.ts';

type Column = 'subject' | 'title' | 'result';

/** How findings are shown: some columns, each as wide as said, and then what was seen. */
export interface FindingLayout {
  readonly columns: readonly Column[];
  readonly widths: Readonly<Partial<Record<Column, number>>>;
  /** Blanks before what can be done, on a line of its own. */
  readonly indent: number;
}

const WORDS: Readonly<Record<Finding['outcome'], string>> = {
  works: 'ok',
  fails: 'FAIL',
  warning: 'warn',
  information: 'info',
  skipped: 'skip',
};

/** A finding as it is shown, a line or two. */
export function formatFinding(finding: Finding, layout: FindingLayout): string[] {
  const line = row(layout, { ...finding, result: WORDS[finding.outcome] }, finding.detail);
  const { remedy } = finding;
  return remedy === undefined ? [line] : [line, `${' '.repeat(layout.indent)}${remedy}`];
}

/** All of them as a table with titles, as wide as they need; what works needs no advice. */
export function tableOfFindings(findings: readonly Finding[]): string[] {
  const longest = (texts: readonly string[]): number => Math.max(...texts.map(({ length }) => length)) + GAP;
  const subject = longest([TITLES.subject, ...findings.map((each) => each.subject)]);
  const title = longest([TITLES.title, ...findings.map((each) => each.title)]);
  const result = longest([TITLES.result]);
  const layout: FindingLayout = {
    columns: ['subject', 'title', 'result'],
    widths: { subject, title, result },
    indent: subject + title + result,
  };
  return [row(layout, TITLES, 'detail'), ...findings.flatMap((finding) => formatFinding(finding, layout))];
}

const GAP = 2;
const TITLES = { subject: 'node', title: 'check', result: 'result' } as const;

function row(
  { columns, widths }: FindingLayout,
  cells: Readonly<Record<Column, string>>,
  detail: string,
): string {
  const padded = columns.map((column) => cells[column].padEnd(widths[column] ?? 0)).join('');
  return `${padded}${detail}`.trimEnd();
}

/** `12 ok, 1 warn, 1 FAIL, 3 skip` */
export function countFindings(findings: readonly Finding[]): string {
  const counts = Object.entries(WORDS).flatMap(([outcome, word]) => {
    const { length } = findings.filter((finding) => finding.outcome === outcome);
    return length === 0 ? [] : [`${length} ${word}`];
  });
  return counts.join(', ');
}

/** For programs. */
export function findingsToJson(findings: readonly Finding[]): readonly object[] {
  return findings.map((finding) => ({ ...finding, remedy: finding.remedy ?? null }));
}
