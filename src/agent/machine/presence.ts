import { type Heartbeat, type Info, parseOffline } from '../../protocol/index.ts';
import type { AgentEffect, Moment } from './agent-port.ts';
import { NameClaim } from './name-claim.ts';
import { StatusEcho } from './status-echo.ts';
import type { Voice } from './voice.ts';

export interface PresenceOptions {
  readonly info: Info;
  /** Within this time the agent must see its own first STATUS come back from the broker. */
  readonly echoLimitMs: number;
  /** How long another session that seems to have this node's name may take to say so. */
  readonly claimLimitMs: number;
  readonly voice: Voice;
  /** True while a function runs. */
  readonly isBusy: () => boolean;
  readonly emit: (effect: AgentEffect) => void;
  readonly fail: (effect: Extract<AgentEffect, { kind: 'fail' }>) => void;
}

/**
 * How this agent is there for others: it claims its name at every connect, announces itself once the name is granted,
 * and gives signs of life; it watches its own topics for others that use the name, and for what the broker withholds.
 */
export class Presence {
  readonly #options: PresenceOptions;
  readonly #name: NameClaim;
  readonly #echo: StatusEcho;
  #stage: 'disconnected' | 'claiming' | 'announced' = 'disconnected';
  #heartbeatAt = 0;
  /** A status of ours has come back from the broker, on this connection or an earlier one. */
  #isProven = false;
  /** Anything of ours has come back on this connection. */
  #isHeardByUs = false;
  #vainConnections = 0;
  /** The last other session that was seen under this node's name. */
  #otherSession: string | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#name = new NameClaim(options.info.session, options.claimLimitMs);
    this.#echo = new StatusEcho(options.echoLimitMs);
  }

  /** Until then nothing is published but the claim, and no command is taken. */
  get isAnnounced(): boolean {
    return this.#stage === 'announced';
  }

  nextDeadline(): number {
    if (this.#stage === 'disconnected') return Number.POSITIVE_INFINITY;
    return this.#stage === 'claiming'
      ? this.#name.deadline
      : Math.min(this.#heartbeatAt, this.#echo.deadline);
  }

  connected(now: Moment): void {
    this.#stage = 'claiming';
    this.#name.begin(now.mono);
    this.#beat({ claim: true });
  }

  disconnected(): void {
    if (this.#stage !== 'disconnected')
      this.#vainConnections = this.#wasInVain() ? this.#vainConnections + 1 : 0;
    if (this.#vainConnections >= MOST_VAIN_CONNECTIONS) this.#failForVainConnections();
    this.#stage = 'disconnected';
    this.#isHeardByUs = false;
    this.#name.forget();
    this.#echo.forget();
  }

  /** Announces the agent if its name is granted by now, and says so. */
  announce(now: Moment): boolean {
    if (this.#stage !== 'claiming' || !this.#name.isGranted(now.mono)) return false;
    this.#stage = 'announced';
    const { emit, info, voice } = this.#options;
    if (!this.#name.isEchoed)
      this.#warn(`the broker does not hand back this agent's HEARTBEAT: ${UNNOTICED}`);
    emit({ kind: 'info', info });
    voice.repeatStatus();
    this.#heartbeatAt = now.mono;
    return true;
  }

  keepTime(now: Moment): void {
    if (this.#stage !== 'announced') return;
    const { info, isBusy, voice } = this.#options;
    const everyMs = isBusy() ? info.heartbeatMs / 3 : info.heartbeatMs;
    if (this.#heartbeatAt <= now.mono) {
      this.#heartbeatAt = Number.POSITIVE_INFINITY;
      this.#beat();
    }
    this.#heartbeatAt = Math.min(this.#heartbeatAt, now.mono + everyMs);
    if (voice.lastStatus) this.#echo.said(voice.lastStatus.text, now.mono);
    if (this.#echo.isMissing(now.mono)) this.#failForMissingEcho();
    else if (this.#echo.isDueAgain(now.mono)) voice.repeatStatus();
  }

  ownStatus(text: string, retained: boolean): void {
    const { voice } = this.#options;
    this.#name.statusSeen(text);
    if (!retained) {
      this.#isProven ||= text === voice.lastStatus?.text;
      this.#echo.heard(text);
    }
    // An old connection's will may arrive after the new one's words; whoever reads the topic must not be misled.
    if (parseOffline(text) !== undefined && text !== voice.lastStatus?.text) voice.repeatStatus();
  }

  ownInfo(info: Info | undefined): void {
    this.#name.infoSeen(info);
    if (this.isAnnounced && info && info.session !== this.#options.info.session)
      this.#nameIsShared(info.session);
  }

  ownHeartbeat(heartbeat: Heartbeat, now: Moment): void {
    const { session } = heartbeat;
    this.#isHeardByUs ||= session === this.#options.info.session;
    switch (this.#name.heartbeatSeen(heartbeat, now.mono)) {
      case 'asked':
        this.#warn(`another agent wants this node's name and is told that it is taken: session ${session}`);
        this.#beat();
        return;
      case 'taken':
        this.#failForTakenName(session);
        return;
      case 'shared':
        this.#nameIsShared(session);
        return;
      case 'nothing':
        return;
    }
  }

  #beat(more: Pick<Heartbeat, 'claim'> = {}): void {
    const { emit, info, isBusy, voice } = this.#options;
    emit({
      kind: 'heartbeat',
      heartbeat: { session: info.session, busy: isBusy(), seq: voice.lastSeq, ...more },
    });
  }

  #nameIsShared(session: string): void {
    if (session === this.#otherSession) return;
    this.#otherSession = session;
    this.#warn(
      `another agent runs under this node's name (${this.#name.describe(session)}): end one of the two, or commands run twice`,
    );
  }

  #failForTakenName(session: string): void {
    this.#options.fail({
      kind: 'fail',
      code: 'NAME_TAKEN',
      message: `another agent has the name ${this.#options.info.node}: ${this.#name.describe(session)}`,
      hint: 'end that agent first, or start this one under another name',
    });
  }

  /** A status comes after everything else that announces an agent: where it comes back, all of that was let through. */
  #wasInVain(): boolean {
    return !this.#isProven && (this.#options.voice.lastStatus !== undefined || !this.#isHeardByUs);
  }

  /** Some brokers end the connection of whoever publishes what he may not: without an end, this would go on for ever. */
  #failForVainConnections(): void {
    this.#failForPermission(
      `the broker has ended ${this.#vainConnections} connections in a row, each before what this agent had to say came back`,
    );
  }

  #failForMissingEcho(): void {
    const { echoLimitMs } = this.#options;
    this.#failForPermission(
      `the broker took this agent's STATUS but did not hand it back within ${echoLimitMs} ms`,
    );
  }

  #failForPermission(message: string): void {
    const { info } = this.#options;
    this.#options.fail({
      kind: 'fail',
      code: 'BROKER_PERMISSION',
      message,
      hint: `allow this agent to write and to read the topics of the node ${info.node} (readwrite STATUS, INFO, HEARTBEAT; write REPLY, OUTPUT)`,
    });
  }

  #warn(message: string): void {
    this.#options.emit({ kind: 'log', level: 'warn', message });
  }
}

/** Enough to tell a rule from bad luck. */
const MOST_VAIN_CONNECTIONS = 5;

const UNNOTICED = 'a second agent of its name would go unnoticed (allow it to read its INFO and HEARTBEAT)';
