import { existsSync } from 'node:fs';
import { procTable } from './proc-table.ts';
import type { ProcessTable } from './process-table.ts';
import { psTable } from './ps-table.ts';

/** The table of this system: /proc where there is one, otherwise `ps`. */
export const systemProcessTable: ProcessTable = existsSync('/proc/self/stat') ? procTable : psTable;
