/** What is armed with less time left than this could not be confirmed any more: it is refused as late. */
export const LEAST_LEFT_MS = 60;

/** What is not confirmed so long before its instant is dropped. */
export const CONFIRM_BEFORE_MS = 50;
