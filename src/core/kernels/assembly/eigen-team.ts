// Work on one matrix that is shared with other threads: the leader, which runs the algorithm, publishes tasks; whoever is there
// takes one after another. What a task computes does not depend on who does it, so that results do not depend on the threads.

import { runTask } from './eigen-tasks';
import { sleepWhile, wake } from './env';

// A team's words in memory that all its threads see. Those that are written while others spin have cache lines of their own.
/** Tasks nobody has taken yet; below 1 there are none. */
const LEFT: usize = 0;
/** Tasks done. */
const DONE: usize = 64;
/** Changes whenever there is something new to do, or the team is closed. */
const NEWS: usize = 128;
const SLEEPERS: usize = 192;
const LEADER_SLEEPS: usize = 196;
const IS_OPEN: usize = 256;
/** What to do: stays as it is while a task that was taken is not done. */
const COUNT: usize = 320;
const KIND: usize = 324;
const CONTEXT: usize = 328;

/** How often a thread looks for news before it sleeps: some tens of microseconds. */
const LOOKS: i32 = 10000;
/** Milliseconds; nobody depends on it, as whoever has news wakes the sleepers. */
const LONGEST_SLEEP: f64 = 50;
/** Milliseconds; nobody wakes who waits for a number. */
const NAP: f64 = 0.1;

/** The team that this thread leads or helps; 0 where it is alone. */
let team: usize = 0;
/** Tasks that a task publishes are its own. */
let isInTask: bool = false;

/** Bytes of a team's words. */
export function teamBytes(): usize {
  return 384;
}

/** Lets threads help a team; all its words are 0 before the first time. */
export function openTeam(address: usize): void {
  atomic.store<i32>(address, 1, IS_OPEN);
}

/** Sends helpers away: `help` returns as soon as the tasks they have are done. */
export function closeTeam(address: usize): void {
  atomic.store<i32>(address, 0, IS_OPEN);
  atomic.add<i32>(address, 1, NEWS);
  wake(address + NEWS);
}

/** What this thread shares from now on goes to the team at `address`, 0 for nobody. */
export function lead(address: usize): void {
  team = address;
}

/** Does tasks of the team at `address` until it is closed. */
export function help(address: usize): void {
  team = address;
  let looks: i32 = 0;
  while (atomic.load<i32>(team, IS_OPEN) !== 0) {
    if (takeTasks()) looks = 0;
    else if (++looks > LOOKS) sleep();
  }
}

function sleep(): void {
  const news = atomic.load<i32>(team, NEWS);
  atomic.add<i32>(team, 1, SLEEPERS);
  // What came before `news` was read would not wake this thread.
  if (atomic.load<i32>(team, LEFT) <= 0 && atomic.load<i32>(team, IS_OPEN) !== 0) {
    sleepWhile(team + NEWS, news, LONGEST_SLEEP);
  }
  atomic.sub<i32>(team, 1, SLEEPERS);
}

/** Runs tasks 0 to count - 1 of a kind, in any order and side by side, and returns when all are done. */
export function share(kind: i32, count: i32, context: usize): void {
  if (team === 0 || isInTask) {
    for (let task = 0; task < count; task++) runTask(kind, task, context);
    return;
  }
  store<i32>(team, count, COUNT);
  store<i32>(team, kind, KIND);
  store<usize>(team, context, CONTEXT);
  atomic.store<i32>(team, 0, DONE);
  atomic.store<i32>(team, count, LEFT);
  atomic.add<i32>(team, 1, NEWS);
  if (atomic.load<i32>(team, SLEEPERS) !== 0) wake(team + NEWS);
  takeTasks();
  waitForOthers(count);
}

/** False if there was no task. */
function takeTasks(): bool {
  let hasWorked = false;
  isInTask = true;
  // A number that was positive when it was taken is that of a task of what is published now: before it is done nothing else is.
  while (atomic.load<i32>(team, LEFT) > 0) {
    const left = atomic.sub<i32>(team, 1, LEFT);
    if (left <= 0) break;
    const count = load<i32>(team, COUNT);
    runTask(load<i32>(team, KIND), count - left, load<usize>(team, CONTEXT));
    const done = atomic.add<i32>(team, 1, DONE) + 1;
    if (done === count && atomic.load<i32>(team, LEADER_SLEEPS) !== 0) wake(team + DONE);
    hasWorked = true;
  }
  isInTask = false;
  return hasWorked;
}

function waitForOthers(count: i32): void {
  for (let looks: i32 = 0; atomic.load<i32>(team, DONE) < count; looks++) {
    if (looks < LOOKS) continue;
    atomic.store<i32>(team, 1, LEADER_SLEEPS);
    const done = atomic.load<i32>(team, DONE);
    if (done < count) sleepWhile(team + DONE, done, LONGEST_SLEEP);
    atomic.store<i32>(team, 0, LEADER_SLEEPS);
  }
}

/** Waits until the number at `address` is at least `least`, which another thread's task will make it. */
export function waitFor(address: usize, least: i32): void {
  for (let looks: i32 = 0; atomic.load<i32>(address) < least; looks++) {
    if (looks < LOOKS) continue;
    // Where there are more threads than processors, the other one needs this one's.
    sleepWhile(address, atomic.load<i32>(address), NAP);
  }
}
