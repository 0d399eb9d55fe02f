import { expect, it } from 'vitest';
import { createWorkplace } from './support/workplace.ts';

it('says where it is, who may connect, and how an agent does', async () => {
  const { start, write } = await createWorkplace();
  await write('secret', 's3cret-w0rd\n');
  const broker = start(['broker', '--port', '0', '--user', 'lab', '--password-file', 'secret']);
  const [, port] = await broker.printed(/^broker on mqtt:\/\/127\.0\.0\.1:(\d+), login as lab\n/);
  await broker.printed(
    new RegExp(
      `^an agent connects with: MQTT_USERNAME=lab MQTT_PASSWORD=.* orchestrate agent --name NAME -m 127.0.0.1:${port}\n`,
      'm',
    ),
  );
  broker.signal('SIGINT');
  const { code, stdout, stderr } = await broker.ended;
  expect(stdout + stderr).not.toContain('s3cret-w0rd');
  expect(stderr).toBe('');
  expect(code).toBe(0);
});

it('2: the port is taken', async () => {
  const { start, end } = await createWorkplace();
  const [, port = ''] = await start(['broker', '--port', '0']).printed(/127\.0\.0\.1:(\d+),/);
  const { code, stderr } = await end(['broker', '--port', port]);
  expect(stderr).toMatch(
    new RegExp(`^error: port ${port} on 127.0.0.1 is in use by another program\n[^]*hint: `),
  );
  expect(code).toBe(2);
});
