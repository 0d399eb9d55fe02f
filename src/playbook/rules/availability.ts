import { createError } from '../diagnostic.ts';
import { LATER_KINDS } from '../steps/availability.ts';
import type { CreateRule } from './rule.ts';

/** A step that is understood, but that this version cannot carry out. */
export const createAvailabilityRule: CreateRule = () => (step) => {
  const reason = LATER_KINDS[step.kind];
  if (reason === undefined) return [];
  return [
    createError('STEP_NOT_AVAILABLE', step.position, `${reason}, which is not available in this version`),
  ];
};
