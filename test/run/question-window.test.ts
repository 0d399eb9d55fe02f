import { beforeEach, describe, expect, it } from 'vitest';
import { QuestionWindow } from '../../src/run/question-window.ts';

const ROOM = 128;

let window: QuestionWindow;
let asked: string[];
beforeEach(() => {
  window = new QuestionWindow();
  asked = [];
});

function ask(id: string, now: number, key = id): boolean {
  return window.ask({ id, key, publish: () => void asked.push(id) }, now);
}

function fill(now: number): void {
  for (let n = 0; n < ROOM; n += 1) ask(`full${n}`, now);
  asked = [];
}

describe('questions', () => {
  it('go out at once while there is room', () => {
    expect(ask('a', 0)).toBe(true);
    expect(ask('b', 0)).toBe(true);
    expect(asked).toEqual(['a', 'b']);
    expect(window.deadline).toBeUndefined();
  });

  it('wait in turn while too many are unanswered, and each answer makes room for one', () => {
    fill(0);
    expect(ask('a', 10)).toBe(false);
    expect(ask('b', 20)).toBe(false);
    expect(asked).toEqual([]);
    window.answered('nobody asked this', 25);
    expect(asked).toEqual([]);
    window.answered('full7', 30);
    expect(asked).toEqual(['a']);
    window.answered('full7', 31);
    expect(asked).toEqual(['a']);
    window.answered('a', 40);
    expect(asked).toEqual(['a', 'b']);
  });

  it('are not held up for long by those who never answer', () => {
    fill(0);
    ask('a', 100);
    expect(window.deadline).toBe(250);
    window.proceed(249);
    expect(asked).toEqual([]);
    window.proceed(250);
    expect(asked).toEqual(['a']);
    expect(window.deadline).toBeUndefined();
  });

  it('take the place of an earlier one of the same key that still waits', () => {
    fill(0);
    ask('a1', 10, 'a');
    ask('b', 20);
    ask('a2', 30, 'a');
    window.proceed(250);
    expect(asked).toEqual(['a2', 'b']);
  });

  it('take no second place when they are asked again', () => {
    ask('a', 0);
    ask('a', 200);
    expect(asked).toEqual(['a', 'a']);
    expect(window.size).toBe(1);
    fill(210);
    expect(window.deadline).toBe(450);
  });

  it('are forgotten while they wait, if that is wanted, and the others are still awaited', () => {
    fill(0);
    ask('a', 0);
    window.forgetWaiting();
    window.proceed(250);
    expect(asked).toEqual([]);
    expect(window.size).toBe(0);
  });
});
