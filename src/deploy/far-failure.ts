import type { HostProblem } from './model.ts';

/** Why a far program gave up: its reason and the words of the system there. */
export function explainFarFailure(reason: string, detail: string, place: string): HostProblem {
  if (/No space left on device|Disk quota exceeded|short write/i.test(detail)) {
    return {
      kind: 'disk-full',
      detail: `no space is left for ${place} (${detail})`,
      hint: 'make room there: df -h shows the file systems',
    };
  }
  switch (reason) {
    case 'write':
      return {
        kind: 'not-writable',
        detail: `${place} cannot be written (${detail})`,
        hint: 'look whose folder it is, and whether its file system is mounted read-only',
      };
    case 'checksum':
      return {
        kind: 'checksum',
        detail,
        hint: 'deploy again; if it happens each time, look at the disk and the memory of the host',
      };
    case 'service':
      return { kind: 'service', detail, hint: 'a service needs systemd or procd there' };
    case 'start':
      return { kind: 'not-started', detail, hint: 'look at it there with ps, and end it by hand' };
    default:
      return { kind: 'far-shell', detail, hint: 'log in there and look' };
  }
}
