/**
 * Whether a subscription to `filter` gets what is published to `topic`: `+` stands for one level, a last `#` for any
 * number of levels, the parent included [MQTT-4.7.1-2]; neither stands for a first level that begins with `$`
 * [MQTT-4.7.2-1].
 */
export function topicMatches(filter: string, topic: string): boolean {
  if (!filter.includes('+') && !filter.includes('#')) return filter === topic;
  if (topic.startsWith('$') && (filter.startsWith('+') || filter.startsWith('#'))) return false;
  const filterLevels = filter.split('/');
  const topicLevels = topic.split('/');
  for (const [index, level] of filterLevels.entries()) {
    if (level === '#') return true;
    if (index >= topicLevels.length) return false;
    if (level !== '+' && level !== topicLevels[index]) return false;
  }
  return filterLevels.length === topicLevels.length;
}

/** What is wrong with a topic that is to be published to, completing "the topic …"; undefined when nothing is. */
export function checkTopic(topic: string): string | undefined {
  if (topic === '') return 'is empty [MQTT-4.7.3-1]';
  if (/[+#]/.test(topic)) return 'contains a wildcard [MQTT-3.3.2-2]';
  if (topic.includes('\0')) return 'contains a NUL character [MQTT-4.7.3-2]';
  return undefined;
}
