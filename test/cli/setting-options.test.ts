import { describe, expect, it } from 'vitest';
import { SETTING_OPTIONS } from '../../src/cli/index.ts';
import { SETTING_KEYS, settingAbout, settingDefault } from '../../src/config/index.ts';

// The options are declared apart from the schema, so that --help need not load it. This holds the two together.

const options = Object.values(SETTING_OPTIONS);

it.each(SETTING_KEYS.filter((key) => key !== 'ANSIBLE_PLAYBOOK'))(
  '%s has the option that its documentation names',
  (key) => {
    const option = options.find((candidate) => candidate.key === key);
    const names = option?.flags.split(/[ ,]+/).slice(0, option.flags.startsWith('--') ? 1 : 2) ?? [];
    const { flag } = settingAbout(key);
    if (flag === undefined) expect(names).toEqual([]);
    else expect(names).toContain(flag);
  },
);

describe('a default that the help names is the real one', () => {
  it.each(options)('$flags', ({ key, description }) => {
    const [, named] = /\(default: (.*)\)$/.exec(description) ?? [];
    if (named !== undefined) expect(named).toBe(settingDefault(key));
  });
});
