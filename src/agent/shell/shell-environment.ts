/** All marks begin so. */
export const MARK_PREFIX = 'MQTT_ORCHESTRATE_';
/** Marks everything that a shell of ours started, in all generations of it. */
export const SESSION_VARIABLE = 'MQTT_ORCHESTRATE_SESSION';
/** Of which node: root topic and name. */
export const NODE_VARIABLE = 'MQTT_ORCHESTRATE_NODE';
/** By which agent process. */
export const AGENT_VARIABLE = 'MQTT_ORCHESTRATE_AGENT';
/** Marks everything that one command started. The prelude sets it. */
export const COMMAND_VARIABLE = 'MQTT_ORCHESTRATE_COMMAND';

/** Variables that change how bash itself starts, and marks of an agent that started this one. */
const UNWANTED = /^(BASH_ENV|ENV|SHELLOPTS|BASHOPTS|POSIXLY_CORRECT|FUNCNEST|MQTT_ORCHESTRATE_.*)$/;

export function cleanEnvironment(
  inherited: NodeJS.ProcessEnv,
  withheld: readonly string[] = [],
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inherited).flatMap(([name, value]) =>
      value === undefined || UNWANTED.test(name) || withheld.includes(name) ? [] : [[name, value]],
    ),
  );
}
