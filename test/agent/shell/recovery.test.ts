import { expect, test } from 'vitest';
import { createTestShell } from './test-shell.ts';

test('a new shell has the variables of the old one, of every kind', async () => {
  const t = createTestShell(`
    text=initial
    readonly FIXED=fixed
    change() {
      text=$'two\\nlines \\'and\\' "quotes" $(no) \\\\'
      list=(a 'b c' '' $'d\\ne')
      list[9]=far
      declare -gA map=([key]=value ['with blank']='x=y')
      declare -gi number=41
      export exported='for children'
      declare -gn pointer=text
      mkdir -p below; cd below
    }
    lose() { text=lost; kill -9 $$; }
    show() {
      printf '%s|' "$text" "\${list[@]}" "\${!list[*]}" "\${map[key]}" "\${map[with blank]}" "$FIXED" "$pointer"
      number+=1
      echo "$number" "$(bash -c 'echo $exported')" "\${PWD##*/}"
    }
  `);
  await t.load();
  await t.run('change');
  await t.runAs('before', 'show');
  await t.run('change');
  const lost = await t.run('lose');
  await t.runAs('after', 'show');
  expect(lost.warnings).toHaveLength(1);
  expect(t.lines('after')).toEqual(t.lines('before'));
  expect(t.lines('after').join()).toContain('42 for children below');
});

test('LAST_PID lives through it, and so does the process', async () => {
  const t = createTestShell(`
    start() { sleep 1000 & LAST_PID="$LAST_PID $!"; }
    lose() { kill -9 $$; }
    stop() { kill $LAST_PID; }
  `);
  await t.load();
  await t.run('start');
  await t.run('start');
  await t.run('lose');
  expect(await t.run('stop')).toMatchObject({ code: 0, stderrTail: '' });
});

test('a script that no longer loads is said, and said again at each command, until it loads', async () => {
  const t = createTestShell(`
    if [[ -e broken ]]; then exit 5; fi
    break_it() { : >broken; kill -9 $$; }
    check() { :; }
  `);
  await t.load();
  const broken = await t.run('break_it');
  expect(broken).toMatchObject({
    code: 137,
    warnings: [expect.stringContaining('ended with code 5 while loading')],
  });
  expect(await t.run('check')).toMatchObject({ code: 126, stderrTail: expect.stringContaining('code 5') });
  const { rmSync } = await import('node:fs');
  rmSync(`${t.folder}/broken`);
  expect(await t.run('check')).toMatchObject({
    code: 0,
    warnings: [expect.stringContaining('was replaced')],
  });
  expect(await t.run('check')).toMatchObject({ code: 0, warnings: [] });
});

test('background output of a lost shell still arrives under its command', async () => {
  const t = createTestShell(`
    start() { { while ! [[ -e go ]]; do sleep 0.01; done; echo still here; update and here; } & }
    lose() { kill -9 $$; }
    go() { : >go; }
  `);
  await t.load();
  await t.run('start');
  await t.run('lose');
  await t.run('go');
  await t.until(() => t.lines('c1').length === 1 && t.updates.length === 1);
  expect(t.lines('c1')).toEqual(['still here']);
  expect(t.updates).toEqual([{ commandId: 'c1', text: 'and here' }]);
});
