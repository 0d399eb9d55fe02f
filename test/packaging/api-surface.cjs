// Prints what this Node.js offers, one name a line: `name` of a global, `Class.name`, `Class#name`, `node:module.name`.
const { builtinModules } = require('node:module');

const isObject = (value) => value !== null && (typeof value === 'object' || typeof value === 'function');
const names = [];

for (const name of Object.getOwnPropertyNames(globalThis)) {
  if (/^(global|globalThis|process|console)$/.test(name)) continue;
  names.push(name);
  const value = globalThis[name];
  if (!isObject(value)) continue;
  for (const inner of Object.getOwnPropertyNames(value)) names.push(`${name}.${inner}`);
  if (!isObject(value.prototype)) continue;
  for (const inner of Object.getOwnPropertyNames(value.prototype)) names.push(`${name}#${inner}`);
}
for (const inner of Object.getOwnPropertyNames(process)) names.push(`process.${inner}`);
for (const name of builtinModules.filter((each) => !each.startsWith('_'))) {
  names.push(`node:${name}`);
  for (const inner of Object.getOwnPropertyNames(require(name))) names.push(`node:${name}.${inner}`);
}
process.stdout.write(`${names.join('\n')}\n`);
