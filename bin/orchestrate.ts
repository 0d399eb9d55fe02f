#!/usr/bin/env node
import { main } from '../src/cli/index.ts';

process.exit(await main(process.argv.slice(2)));
