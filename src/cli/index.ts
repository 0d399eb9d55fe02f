export type { CliContext } from './context.ts';
export { EXIT_CODE_OF } from './exit-codes.ts';
export { main, runCommandLine } from './main.ts';
export { assertNodeVersion } from './node-version.ts';
export { SETTING_OPTIONS } from './options.ts';
export type { Output, Writer } from './output.ts';
export { formatError } from './render-error.ts';
