import { describe, expect, it } from 'vitest';
import { formatNodeLoss, type NodeLoss, parseNodeLoss } from '../../src/protocol/index.ts';

describe('the status of an agent that stops work unasked', () => {
  it.each<[string, NodeLoss]>([
    ['STOPPED lease-lost', { because: 'lease-lost' }],
    ['STOPPED taken-over', { because: 'taken-over' }],
    ['STOPPED taken-over by bob@lab', { because: 'taken-over', by: 'bob@lab' }],
    ['STOPPED taken-over by user 1000@lab', { because: 'taken-over', by: 'user 1000@lab' }],
  ])('%s', (status, loss) => {
    expect(formatNodeLoss(loss)).toBe(status);
    expect(parseNodeLoss(status)).toEqual(loss);
  });

  it.each(['STOPPED', 'STOPPED 5201', 'STARTED lease-lost', 'lease-lost', ''])('is not %j', (status) => {
    expect(parseNodeLoss(status)).toBeUndefined();
  });

  it.each(['STOPPED taken-over by', 'STOPPED taken-over from bob@lab'])('names nobody in %j', (status) => {
    expect(parseNodeLoss(status)).toEqual({ because: 'taken-over' });
  });
});
