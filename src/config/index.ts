export { parseConfigFile } from './config-file.ts';
export { formatReferenceTable, formatSample } from './documentation.ts';
export { type Configuration, type ConfigurationSources, loadConfiguration, type ShownEntry } from './load.ts';
export { formatOrigin, type Origin } from './origin.ts';
export { type ConfigProblem, formatProblem } from './problem.ts';
export { SETTING_KEYS, type SettingKey, settingAbout, settingDefault } from './schema.ts';
export type { Settings } from './settings.ts';
