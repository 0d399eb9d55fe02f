import { AppError } from '../base/index.ts';
import { messageFor, type ResolvedStepOf } from '../playbook/index.ts';
import type { NodeName } from '../protocol/index.ts';
import type { StepContext } from './step-context.ts';

/** What a SEND says to a node. That each has what it takes has been checked before the run. */
export function messageTo(
  node: NodeName,
  send: ResolvedStepOf<'send'>,
  { inventory }: Pick<StepContext, 'inventory'>,
): string {
  const message = messageFor(send, node, inventory);
  if (message !== undefined) return message;
  throw new AppError('PLAYBOOK_INVALID', `a variable in "${send.message}" has no value for ${node}`);
}
