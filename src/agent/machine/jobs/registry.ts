import type { Task } from '../task.ts';
import { ArmedJob } from './armed-job.ts';
import { CallJob } from './call-job.ts';
import { InitJob } from './init-job.ts';
import type { Job, JobContext } from './job.ts';
import { SendFileJob } from './send-file-job.ts';
import { StopJob } from './stop-job.ts';
import { TerminateJob } from './terminate-job.ts';

/** How each kind of task is done; the compiler asks for one of each. */
const JOBS: Readonly<Record<Task['kind'], new (context: JobContext) => Job>> = {
  init: InitJob,
  call: CallJob,
  'send-file': SendFileJob,
  stop: StopJob,
  terminate: TerminateJob,
};

export function createJob(context: JobContext): Job {
  return context.task.at === undefined ? new JOBS[context.task.kind](context) : new ArmedJob(context);
}
