/** One table of results; numbers are shown with as many digits as matter. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** Measures something against the bare thing, in turns and in the same run. */
export type Benchmark = () => Promise<readonly Table[]>;
