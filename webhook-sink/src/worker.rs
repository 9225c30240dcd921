//! The deliverers' loop: take a job, make its body, send it, settle it. Only here anyone waits for a
//! receiver.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::attempts::Entry;
use crate::dispatch::{Job, State};
use crate::error::ErrorKind;
use crate::outcome::{Outcome, Response, TransportError, TransportErrorKind};
use crate::policy::Batch;
use crate::queue::codec::{self, MadeItem};
use crate::queue::{BlockId, BlockKind, Claim, Death};
use crate::record::{Body, RenderFailure};
use crate::report::DeadReason;
use crate::request::Request;
use crate::retry::{Decision, Progress};
use crate::shared::Shared;

/// A worker without work for this long ends.
const IDLE: Duration = Duration::from_secs(10);

/// What became of a job.
enum Result {
    /// A request was sent.
    Sent(Sent),
    /// No body could be made.
    Discarded(String),
    /// The block is not there any more; nothing is left to settle.
    Gone,
    /// The block is damaged.
    Damaged(BlockId),
    /// The queue cannot be read.
    Failed(crate::Error),
}

struct Sent {
    result: std::result::Result<Response, TransportError>,
    started: Duration,
    ended: Duration,
}

/// Runs until the sink ends or there has been nothing to do for a while.
pub(crate) fn run(shared: &Arc<Shared>) {
    let mut state = crate::lock(&shared.state);
    state.is_waking = false;
    loop {
        let now = shared.time.clock().elapsed();
        if let Some(job) = state.next_job(now) {
            shared.wake_more(&mut state);
            if state.needs_refill {
                shared.wake_clerk();
            }
            drop(state);
            let (job, left_over, result) = perform(shared, job);
            state = crate::lock(&shared.state);
            if !left_over.is_empty() {
                state.give_back(job.slot, left_over);
            }
            settle(shared, &mut state, job, result);
            continue;
        }
        if state.is_stopping {
            break;
        }
        state.idle += 1;
        let (woken, timeout) = shared.wait_for_work(state, IDLE);
        state = woken;
        state.idle -= 1;
        state.is_waking = false;
        if timeout && state.idle > 0 && !state.scheduler.is_ready() {
            break;
        }
    }
    state.threads -= 1;
    shared.ended.notify_all();
}

/// Makes the body if need be, and sends one request.
fn perform(shared: &Shared, mut job: Job) -> (Job, Vec<Claim>, Result) {
    let mut left_over = Vec::new();
    if job.made.is_none() {
        match make(shared, &mut job, &mut left_over) {
            Ok(made) => job.made = Some(made),
            Err(result) => return (job, left_over, result),
        }
    }
    let Some(made) = &job.made else { return (job, left_over, Result::Gone) };
    let clock = shared.time.clock();
    let started = clock.elapsed();
    job.first_request.get_or_insert(started);
    let timestamp = crate::clock::millis(clock.now()).div_euclid(1_000);
    let request = Request::new(
        &job.endpoint,
        &made.id,
        u32::from(job.tier),
        job.requests,
        timestamp,
        &made.body,
    );
    // A client that panics must not take its worker with it.
    let result = catch_unwind(AssertUnwindSafe(|| shared.client.send(&request)));
    let result = result.unwrap_or_else(|_| {
        Err(TransportError::new(TransportErrorKind::Other, "the client panicked"))
    });
    let ended = clock.elapsed();
    job.requests += 1;
    (job, left_over, Result::Sent(Sent { result, started, ended }))
}

/// Reads what was claimed and makes a body of it.
fn make(
    shared: &Shared,
    job: &mut Job,
    left_over: &mut Vec<Claim>,
) -> std::result::Result<MadeItem, Result> {
    let Some(first) = job.work.claims.first().copied() else { return Err(Result::Gone) };
    let block = read(shared, first.place.block)?;
    let item = block.item(first.place.item).ok_or(Result::Damaged(block.id))?;
    if block.kind == BlockKind::Made {
        *left_over = job.work.claims.split_off(1);
        let made = codec::read_made(item).ok_or(Result::Damaged(block.id))?;
        job.work.sources = made.sources.clone();
        return Ok(made);
    }
    let (id, data) = codec::read_record(item).ok_or(Result::Damaged(block.id))?;
    let id = id.map_or_else(|| block.default_id(first.place.item), str::to_owned);
    let mut made = MadeItem {
        sources: vec![first.place],
        id: id.into(),
        accepted: block.accepted,
        first_attempt: shared.time.now(),
        repaired: false,
        body: Vec::new(),
    };
    let body = match render(shared, job.endpoint.key(), data) {
        Ok(body) => body,
        Err(failure) => {
            *left_over = job.work.claims.split_off(1);
            // The id is shown with the dead letter.
            job.made = Some(made);
            return Err(Result::Discarded(failure.reason));
        }
    };
    made.repaired = body.repaired;
    made.body = body.bytes;
    if let Some(batch) = job.endpoint.policy().batch.clone() {
        join(shared, job, &batch, &mut made, left_over)?;
    }
    Ok(made)
}

/// Puts the bodies of further claims beside the first one, in an array. What cannot come along is
/// left over, and what cannot be made is found out when it is first of its own batch.
fn join(
    shared: &Shared,
    job: &mut Job,
    batch: &Batch,
    made: &mut MadeItem,
    left_over: &mut Vec<Claim>,
) -> std::result::Result<(), Result> {
    made.body.insert(0, b'[');
    let mut taken = 1;
    for claim in job.work.claims.iter().skip(1) {
        let block = read(shared, claim.place.block)?;
        if block.kind == BlockKind::Made {
            break;
        }
        let Some((_, data)) = block.item(claim.place.item).and_then(codec::read_record) else {
            break;
        };
        let Ok(body) = render(shared, job.endpoint.key(), data) else { break };
        if made.body.len() + body.bytes.len() + 2 > batch.max_bytes {
            break;
        }
        made.body.push(b',');
        made.body.extend_from_slice(&body.bytes);
        made.repaired |= body.repaired;
        made.sources.push(claim.place);
        taken += 1;
    }
    made.body.push(b']');
    *left_over = job.work.claims.split_off(taken);
    Ok(())
}

fn read(shared: &Shared, id: BlockId) -> std::result::Result<Arc<crate::queue::Block>, Result> {
    match shared.blocks.get(id) {
        Ok(Some(block)) => Ok(block),
        Ok(None) => Err(Result::Gone),
        Err(error) if error.kind() == ErrorKind::Damaged => Err(Result::Damaged(id)),
        Err(error) => Err(Result::Failed(error)),
    }
}

fn render(shared: &Shared, key: &str, data: &[u8]) -> std::result::Result<Body, RenderFailure> {
    let maker = crate::read(&shared.make_body).clone();
    catch_unwind(AssertUnwindSafe(|| maker(key, data)))
        .unwrap_or_else(|_| Err(RenderFailure::new("the body maker panicked")))
}

/// Decides what follows, and takes note of it.
fn settle(shared: &Shared, state: &mut State, job: Job, result: Result) {
    match result {
        Result::Sent(sent) => settle_sent(shared, state, job, sent),
        Result::Discarded(detail) => {
            let id = job.made.as_ref().map(|made| made.id.clone()).unwrap_or_default();
            let accepted = job.made.as_ref().map_or(0, |made| made.accepted);
            state.scheduler.release(job.slot);
            bury(shared, state, job, DeadReason::Discarded, detail, None, Vec::new(), id, accepted);
        }
        // Its block was set aside; it is not counted any more.
        Result::Gone => state.scheduler.release(job.slot),
        Result::Damaged(block) => {
            state.scheduler.release(job.slot);
            if !state.changes.damaged.contains(&block) {
                state.changes.damaged.push(block);
            }
            shared.problem(format!("block {} of the queue was damaged and is set aside", block.0));
            shared.wake_writer(state);
        }
        Result::Failed(error) => {
            state.scheduler.release(job.slot);
            shared.fail(state, error);
        }
    }
}

fn settle_sent(shared: &Shared, state: &mut State, job: Job, sent: Sent) {
    let now = shared.time.now();
    let outcome = Outcome::of(&sent.result, now.div_euclid(1_000));
    let index = job.slot;
    let verdict = State::verdict(outcome);
    if let Some(made) = &job.made {
        state.scheduler.charge(index, made.body.len());
    }
    state.scheduler.finish(index, sent.started, sent.ended, verdict);
    let progress = Progress {
        attempt: usize::from(job.tier),
        requests: job.requests,
        since_first: sent.ended.saturating_sub(job.first_request.unwrap_or(sent.started)),
    };
    let random = state.random.unit();
    let policy = job.endpoint.policy();
    let mut decision = policy.decide(progress, outcome, random);
    // Immediate retries keep their body in memory, so there may not be any number of them.
    if matches!(decision, Decision::Again(_))
        && state.waiting_of(index) > 64.max(4 * state.scheduler.cap_of(index))
    {
        decision = match policy.schedule.get(progress.attempt) {
            Some(_) => Decision::NextAttempt,
            None => decision,
        };
    }
    let accepted = job.made.as_ref().map_or(now, |made| made.accepted);
    let id: Box<str> = job.made.as_ref().map(|made| made.id.clone()).unwrap_or_default();
    let mut entry = Entry {
        at: now,
        endpoint: job.work.claims.first().map_or(0, |claim| claim.endpoint),
        id: &id,
        attempt: job.tier,
        request: job.requests - 1,
        result: &sent.result,
        duration: sent.ended.saturating_sub(sent.started),
        next: None,
    };
    match decision {
        Decision::Done => {
            let deliveries = delivered_count(&job);
            if let Some(slot) = state.slots.get_mut(index) {
                slot.pending -= claim_count(&job);
                let counters = &mut slot.counters;
                if job.tier == 0 {
                    counters.first_attempt += deliveries;
                } else {
                    counters.after_retry += deliveries;
                }
                if job.made.as_ref().is_some_and(|made| made.repaired) {
                    counters.repaired += 1;
                }
                counters.latency.add(now - accepted);
            }
            shared.log.add(&entry);
            state.changes.done.push(job.work);
            shared.wake_writer(state);
        }
        Decision::Again(wait) => {
            entry.next = Some(now + crate::clock::duration_millis(wait));
            shared.log.add(&entry);
            state.wait(sent.ended + wait, job);
            shared.wake_clerk();
        }
        Decision::NextAttempt | Decision::NextAttemptIn(_) => {
            let asked = match decision {
                Decision::NextAttemptIn(asked) => Some(asked),
                _ => None,
            };
            if let Some(slot) = state.slots.get_mut(index) {
                slot.counters.attempts_failed += 1;
                // What was sent together waits together, as one.
                slot.pending -= claim_count(&job) - 1;
            }
            let Job { endpoint, work, tier, made, .. } = job;
            let made = if work.sources.is_empty() { made } else { None };
            let next =
                state.advance(work, made, tier.saturating_add(1), endpoint.policy(), asked, now);
            entry.next = Some(next);
            shared.log.add(&entry);
            shared.wake_writer(state);
        }
        Decision::Expired | Decision::Stopped => {
            let reason = if decision == Decision::Expired {
                DeadReason::Expired
            } else {
                DeadReason::Stopped
            };
            shared.log.add(&entry);
            let (status, detail, answer) = match sent.result {
                Ok(response) => {
                    let detail = format!("the last answer was {}", response.status);
                    (Some(response.status), detail, response.body)
                }
                Err(error) => (None, error.to_string(), Vec::new()),
            };
            bury(shared, state, job, reason, detail, status, answer, id, accepted);
        }
    }
}

/// How many entries of the queue a job stands for.
fn claim_count(job: &Job) -> i64 {
    i64::try_from(job.work.claims.len()).unwrap_or(0)
}

/// How many records a job delivers.
fn delivered_count(job: &Job) -> u64 {
    let count =
        if job.work.sources.is_empty() { job.work.claims.len() } else { job.work.sources.len() };
    u64::try_from(count).unwrap_or(0)
}

#[expect(clippy::too_many_arguments, reason = "the parts of one dead letter")]
fn bury(
    shared: &Shared,
    state: &mut State,
    job: Job,
    reason: DeadReason,
    detail: String,
    status: Option<u16>,
    answer: Vec<u8>,
    id: Box<str>,
    accepted: i64,
) {
    let deliveries = delivered_count(&job);
    if let Some(slot) = state.slots.get_mut(job.slot) {
        slot.pending -= claim_count(&job);
        if reason == DeadReason::Discarded {
            slot.counters.discarded += deliveries;
        } else {
            slot.counters.expired += deliveries;
        }
    }
    let first = job.made.as_ref().filter(|_| job.requests > 0).map(|made| made.first_attempt);
    let is_stored = !job.work.sources.is_empty();
    let has_body = job.requests > 0;
    state.changes.deaths.push(Death {
        made: job.made.filter(|_| !is_stored && has_body),
        work: job.work,
        id,
        reason,
        detail,
        status,
        answer,
        attempts: u32::from(job.tier) + u32::from(has_body),
        accepted,
        first,
        died: shared.time.now(),
    });
    shared.wake_writer(state);
}
