// The least that an agent can be: connects with bare mqtt.js, and says so.
import { connectBare } from '../support/bare-client.ts';

const [port, topic = ''] = process.argv.slice(2);
const client = await connectBare(Number(port), [`${topic}/COMMAND`]);
client.publish(`${topic}/STATUS`, 'ALIVE', { qos: 1, retain: true });
