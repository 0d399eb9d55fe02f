/**
 * The version in what a program says of itself: the first number with a dot (`3.12` of `iperf 3.12 (cJSON 1.7.15)`,
 * not the 3 of `iperf3`), else the first that stands alone (`less 590`).
 */
export function findVersion(text: string): string | undefined {
  return /(?<![\d.])\d{1,9}(?:\.\d{1,9})+/.exec(text)?.[0] ?? /(?<![\w.-])\d{1,9}(?![\w.])/.exec(text)?.[0];
}

/** The same of a program that says it failed: only where it speaks of a version. */
export function findNamedVersion(text: string): string | undefined {
  return /\bversion:?\s+v?(\d{1,9}(?:\.\d{1,9})*)/i.exec(text)?.[1];
}
