// Not through the door of cli/, behind which everything else would be bundled with it.
import { agentMain } from '../src/cli/agent-main.ts';

void agentMain(process.argv.slice(2)).then((code) => process.exit(code));
