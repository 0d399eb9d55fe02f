import { describe, expect, it } from 'vitest';
import { Questions } from '../../../src/run/node/questions.ts';
import { Replays } from '../../../src/run/node/replays.ts';
import { Said } from '../../../src/run/node/said.ts';
import { Setup } from '../../../src/run/node/setup.ts';
import { StandingQuestion } from '../../../src/run/node/standing-question.ts';

describe('Questions', () => {
  it('are due at their time, once', () => {
    const questions = new Questions(1000);
    expect(questions.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
    questions.schedule(0, false);
    expect(questions.isDue(999)).toBe(false);
    expect(questions.isDue(1000)).toBe(true);
    expect(questions.isDue(1000)).toBe(false);
  });

  it('come ever more rarely, up to eight times the interval, when asked so', () => {
    const questions = new Questions(1000);
    const waits = [0, 1, 2, 3, 4].map(() => {
      questions.schedule(0, true);
      const at = questions.nextDeadline();
      questions.isDue(at);
      return at;
    });
    expect(waits).toEqual([1000, 2000, 4000, 8000, 8000]);
  });

  it('may come at once, but never later for it', () => {
    const questions = new Questions(1000);
    questions.schedule(0, false);
    questions.askNow(500);
    expect(questions.nextDeadline()).toBe(500);
    questions.askNow(700);
    expect(questions.nextDeadline()).toBe(500);
  });

  it('end with an answer', () => {
    const questions = new Questions(1000);
    questions.schedule(0, false);
    questions.answered();
    expect(questions.isDue(60_000)).toBe(false);
  });
});

describe('Replays', () => {
  it('are due 250 ms after a hole was seen, then every interval while it lasts', () => {
    const replays = new Replays(1000);
    expect(replays.isDue(true, 100)).toBe(false);
    expect(replays.nextDeadline()).toBe(350);
    expect(replays.isDue(true, 350)).toBe(true);
    expect(replays.isDue(true, 1349)).toBe(false);
    expect(replays.isDue(true, 1350)).toBe(true);
    expect(replays.isDue(false, 1400)).toBe(false);
    expect(replays.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
  });

  it('end with the answer to the last question, once', () => {
    const replays = new Replays(1000);
    replays.asked('a', 0);
    replays.asked('b', 0);
    expect(replays.isEnd('a')).toBe(false);
    expect(replays.isEnd('b')).toBe(true);
    expect(replays.isEnd('b')).toBe(false);
  });
});

describe('Said', () => {
  it('knows the latest number of each text', () => {
    const said = new Said();
    said.record('READY 1', 5);
    expect(said.beginsWith(['READY'], 4)).toBe(true);
    expect(said.beginsWith(['READY'], 5)).toBe(false);
    said.record('READY 1', 9);
    expect(said.beginsWith(['READY', '1'], 8)).toBe(true);
    expect(said.beginsWith(['READY', '2'], 8)).toBe(false);
    said.clear();
    expect(said.beginsWith(['READY'], -1)).toBe(false);
  });

  it('keeps the latest thousand texts', () => {
    const said = new Said();
    for (let number = 1; number <= 30_000; number += 1) said.record(`N${number}`, number);
    expect(said.size).toBe(1000);
    expect(said.beginsWith(['N29001'], -1)).toBe(true);
    expect(said.beginsWith(['N29000'], -1)).toBe(false);
  });
});

describe('Setup', () => {
  const EVERY_MS = 1000;
  const ids = () => {
    let number = 0;
    return () => {
      number += 1;
      return `q${number}`;
    };
  };

  it('asks for a pong, then for the lease, and is done', () => {
    const setup = new Setup(true);
    const createId = ids();
    expect(setup.ask(0, EVERY_MS, createId)).toEqual({ id: 'q1', verb: '_ping' });
    expect(setup.answered('q1')).toBe(true);
    expect(setup.ask(0, EVERY_MS, createId)).toEqual({ id: 'q2', verb: '_lease' });
    expect([setup.leased, setup.mayBeLeased, setup.done]).toEqual([false, true, false]);
    expect(setup.answered('q2')).toBe(true);
    expect([setup.leased, setup.mayBeLeased, setup.done]).toEqual([true, true, true]);
    expect(setup.ask(0, EVERY_MS, createId)).toBeUndefined();
    expect(setup.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
  });

  it('needs the pong alone when no lease is wanted', () => {
    const setup = new Setup(false);
    setup.ask(0, EVERY_MS, ids());
    setup.answered('q1');
    expect(setup.done).toBe(true);
  });

  it('asks again under the same id', () => {
    const setup = new Setup(true);
    const createId = ids();
    setup.ask(0, EVERY_MS, createId);
    expect(setup.nextDeadline()).toBe(1000);
    expect(setup.ask(999, EVERY_MS, createId)).toBeUndefined();
    expect(setup.ask(1000, EVERY_MS, createId)).toEqual({ id: 'q1', verb: '_ping' });
    setup.askAgain(1500);
    expect(setup.ask(1500, EVERY_MS, createId)).toEqual({ id: 'q1', verb: '_ping' });
  });

  it('takes no answer about the old clock for one about the new', () => {
    const setup = new Setup(false);
    const createId = ids();
    setup.ask(0, EVERY_MS, createId);
    setup.pingAgain();
    expect(setup.answered('q1')).toBe(false);
    expect(setup.ask(0, EVERY_MS, createId)).toEqual({ id: 'q2', verb: '_ping' });
  });

  it('knows an answer that is not its own', () => {
    const setup = new Setup(true);
    setup.ask(0, EVERY_MS, ids());
    expect(setup.answered('q9')).toBe(false);
    expect(setup.refused('q9')).toBe(false);
    expect(setup.done).toBe(false);
  });

  it('asks anew after a refusal', () => {
    const setup = new Setup(true);
    const createId = ids();
    setup.ask(0, EVERY_MS, createId);
    setup.answered('q1');
    setup.ask(0, EVERY_MS, createId);
    expect(setup.refused('q2')).toBe(true);
    expect(setup.mayBeLeased).toBe(false);
    expect(setup.ask(0, EVERY_MS, createId)).toEqual({ id: 'q3', verb: '_lease' });
  });

  it('keeps its lease when it has to ping again', () => {
    const setup = new Setup(true);
    const createId = ids();
    setup.ask(0, EVERY_MS, createId);
    setup.answered('q1');
    setup.ask(0, EVERY_MS, createId);
    setup.answered('q2');
    setup.pingAgain();
    expect(setup.done).toBe(false);
    expect(setup.ask(0, EVERY_MS, createId)).toEqual({ id: 'q3', verb: '_ping' });
    setup.answered('q3');
    expect(setup.done).toBe(true);
  });
});

describe('a standing question', () => {
  it('is asked again until it is answered, under its id', () => {
    const standing = new StandingQuestion(1000);
    expect(standing.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
    const question = { id: 'a', verb: '_release', args: ['stop'] } as const;
    standing.begin(question, 50);
    expect(standing.takeDue(50)).toEqual(question);
    expect(standing.takeDue(1049)).toBeUndefined();
    expect(standing.takeDue(1050)).toEqual(question);
    expect(standing.answered('b')).toBe(false);
    expect(standing.isOpen).toBe(true);
    expect(standing.answered('a')).toBe(true);
    expect(standing.takeDue(9000)).toBeUndefined();
  });
});
