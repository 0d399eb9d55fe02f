export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** Columns two blanks apart, as wide as their widest cell; the last one ends where its text ends. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const table = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, index) =>
    table.reduce((widest, row) => Math.max(widest, (row[index] ?? '').length), 0),
  );
  return table.map((row) =>
    columns
      .map(({ align }, index) => {
        const cell = row[index] ?? '';
        const width = widths[index] ?? 0;
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
