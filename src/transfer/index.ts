export type { Arrival, Endorsement } from './arrival.ts';
export { type FileReceiver, type Reception, receiveFile } from './receive-file.ts';
export { type Sending, sendFile } from './send-file.ts';
