use sheetflow::engine::Timetable;
use sheetflow::lang::program::NextRun;
use sheetflow::ledger::RunState;

use super::{Driven, flows, instant, minutes};

const MORNING: &str = "2026-06-01T08:00:00Z";

fn due(driven: &mut Driven, now: &str) -> Vec<String> {
    let due = driven.timetable.due(instant(now));
    due.iter().map(ToString::to_string).collect()
}

#[test]
fn a_flow_that_never_ran_is_due_at_once_and_then_in_its_rhythm() {
    let mut driven = Driven::new("a: every 30m", MORNING);
    assert_eq!(
        driven.run_until("2026-06-01T09:00:00Z"),
        ["01 08:00:00 a", "01 08:30:00 a", "01 09:00:00 a"]
    );
}

#[test]
fn the_rhythm_goes_on_where_the_last_process_ended() {
    let history = [("a", "2026-06-01T07:50:00Z")];
    let mut driven = Driven::with_history("a: every 30m", &history, MORNING);
    assert_eq!(
        driven.run_until("2026-06-01T09:00:00Z"),
        ["01 08:20:00 a", "01 08:50:00 a"]
    );
}

#[test]
fn a_time_before_the_first_run_was_not_missed() {
    let mut driven = Driven::new("a: at 07:00", MORNING);
    assert_eq!(driven.run_until("2026-06-02T08:00:00Z"), ["02 07:00:00 a"]);
}

#[test]
fn times_missed_since_the_last_run_are_made_up_for_once() {
    let history = [("a", "2026-05-28T07:00:03Z")];
    let mut driven = Driven::with_history("a: at 07:00", &history, MORNING);
    assert_eq!(
        driven.run_until("2026-06-02T08:00:00Z"),
        ["01 08:00:00 a", "02 07:00:00 a"]
    );
}

#[test]
fn a_machine_that_slept_runs_once_for_all_the_times_it_missed() {
    let mut driven = Driven::new("a: cron \"*/10 * * * *\"\nb: every 5m", MORNING);
    driven.run_until("2026-06-01T08:01:00Z");
    driven.now = instant("2026-06-01T11:03:00Z");
    assert_eq!(
        driven.run_until("2026-06-01T11:10:00Z"),
        ["01 11:03:00 a", "01 11:03:00 b", "01 11:08:00 b", "01 11:10:00 a"]
    );
}

#[test]
fn of_times_that_come_during_a_run_one_is_remembered() {
    let mut driven = Driven::new("a: every 5m", MORNING).each_run_takes(minutes(17));
    assert_eq!(
        driven.run_until("2026-06-01T08:40:00Z"),
        ["01 08:00:00 a", "01 08:17:00 a", "01 08:34:00 a"]
    );
}

#[test]
fn a_clock_that_is_set_back_runs_nothing_twice() {
    let mut driven = Driven::new("a: at 09:00\nb: cron \"30 8 * * *\"", MORNING);
    assert_eq!(
        driven.run_until("2026-06-01T09:05:00Z"),
        ["01 08:30:00 b", "01 09:00:00 a"]
    );
    driven.now = instant("2026-06-01T08:10:00Z");
    assert_eq!(
        driven.run_until("2026-06-02T09:05:00Z"),
        ["02 08:30:00 b", "02 09:00:00 a"]
    );
}

#[test]
fn a_rhythm_goes_on_after_a_clock_is_set_back() {
    let mut driven = Driven::new("a: every 1h", MORNING);
    driven.run_until("2026-06-01T08:30:00Z");
    driven.now = instant("2025-01-01T12:00:00Z");
    assert_eq!(driven.run_until("2025-01-01T13:30:00Z"), ["01 13:00:00 a"]);
}

#[test]
fn a_flow_runs_after_another_one_that_ended_well() {
    let mut driven = Driven::new("a: at 09:00\nb: after a\nc: after b", MORNING);
    assert_eq!(
        driven.run_until("2026-06-01T10:00:00Z"),
        ["01 09:00:00 a", "01 09:01:00 b", "01 09:02:00 c"]
    );
}

#[test]
fn a_run_that_was_stopped_brings_nothing_behind_it_about() {
    for ending in [RunState::Stopped, RunState::Interrupted] {
        let mut driven = Driven::new("a: at 09:00\nb: after a", MORNING);
        driven.timetable.started("a", instant("2026-06-01T08:10:00Z"));
        driven
            .timetable
            .finished("a", instant("2026-06-01T08:11:00Z"), ending);
        assert!(due(&mut driven, "2026-06-01T08:12:00Z").is_empty(), "{ending:?}");
    }
}

#[test]
fn a_run_that_a_person_started_brings_the_next_one_about() {
    let mut driven = Driven::new("a: at 09:00; paused\nb: after a", MORNING);
    driven.timetable.started("a", instant("2026-06-01T08:10:00Z"));
    driven
        .timetable
        .finished("a", instant("2026-06-01T08:11:00Z"), RunState::Finished);
    assert_eq!(due(&mut driven, "2026-06-01T08:12:00Z"), ["b"]);
}

#[test]
fn a_run_that_a_person_starts_at_its_time_counts_for_it() {
    let mut driven = Driven::new("a: at 09:00", MORNING);
    driven.timetable.started("a", instant("2026-06-01T09:00:00.2Z"));
    driven
        .timetable
        .finished("a", instant("2026-06-01T09:00:05Z"), RunState::Finished);
    assert!(due(&mut driven, "2026-06-01T09:00:06Z").is_empty());
}

#[test]
fn flows_due_together_start_in_the_order_of_the_program_and_wait_for_those_before_them() {
    let mut driven = Driven::new(
        "c after b: at 09:00\nb after a: on change\na: at 09:00\nd: at 09:00",
        MORNING,
    );
    assert_eq!(due(&mut driven, "2026-06-01T09:00:00Z"), ["a", "d"]);
    driven.timetable.started("a", instant("2026-06-01T09:00:00Z"));
    assert_eq!(due(&mut driven, "2026-06-01T09:00:01Z"), ["d"]);
    driven
        .timetable
        .finished("a", instant("2026-06-01T09:00:02Z"), RunState::Stopped);
    assert_eq!(due(&mut driven, "2026-06-01T09:00:02Z"), ["c", "d"]);
}

#[test]
fn a_change_is_due_at_once_and_once_when_it_comes_during_a_run() {
    let mut driven = Driven::new("a: on change\nb: at 09:00", MORNING);
    driven.timetable.changed("a");
    driven.timetable.changed("b");
    driven.timetable.changed("nobody");
    assert_eq!(driven.run_until("2026-06-01T08:00:30Z"), ["01 08:00:00 a"]);
    driven.timetable.changed("a");
    driven.timetable.changed("a");
    assert_eq!(driven.run_until("2026-06-01T08:10:00Z"), ["01 08:01:00 a"]);
}

#[test]
fn paused_flows_and_flows_without_a_schedule_never_run_by_themselves() {
    let mut driven = Driven::new("a: every 5m; on change; paused\nb:\nc: after b; paused", MORNING);
    driven.timetable.changed("a");
    driven.timetable.started("b", instant(MORNING));
    driven
        .timetable
        .finished("b", instant(MORNING), RunState::Finished);
    assert_eq!(driven.timetable.next(), None);
    assert!(driven.run_until("2026-06-02T08:00:00Z").is_empty());
    let next = ["a", "b", "c", "d"].map(|flow| driven.timetable.next_run(flow));
    assert_eq!(
        next,
        [
            Some(NextRun::Paused),
            Some(NextRun::ByHand),
            Some(NextRun::Paused),
            None
        ]
    );
}

#[test]
fn a_new_generation_keeps_what_is_known_and_does_not_miss_what_it_did_not_ask_for() {
    let mut driven = Driven::new("a: at 09:00\nb: every 1h\nc: at 07:00; paused", MORNING);
    driven.run_until("2026-06-01T08:40:00Z");
    // `a` is asked for earlier, `c` runs from now on, `d` is new; `b` keeps its rhythm.
    let next = flows("a: at 08:30\nb: every 1h\nc: at 07:00\nd: at 08:00");
    driven.timetable.reload(&next, instant("2026-06-01T08:40:00Z"));
    assert_eq!(
        driven
            .run_until("2026-06-02T08:30:00Z")
            .into_iter()
            .filter(|run| !run.ends_with('b'))
            .collect::<Vec<_>>(),
        ["02 07:00:00 c", "02 08:00:00 d", "02 08:30:00 a"]
    );
    assert!(
        driven
            .runs
            .iter()
            .any(|(time, flow)| &**flow == "b" && *time == instant("2026-06-01T09:00:00Z"))
    );
}

#[test]
fn a_new_generation_leaves_runs_under_way_and_what_is_remembered() {
    let mut driven = Driven::new("a: on change", MORNING);
    driven.timetable.started("a", instant(MORNING));
    driven.timetable.changed("a");
    let now = instant("2026-06-01T08:01:00Z");
    driven.timetable.reload(&flows("a: on change\nb: after a"), now);
    assert!(driven.timetable.due(now).is_empty(), "it is running");
    driven.timetable.finished("a", now, RunState::Finished);
    assert_eq!(due(&mut driven, "2026-06-01T08:01:00Z"), ["a"]);

    driven.timetable.reload(&flows("a: on change; paused"), now);
    assert!(driven.timetable.due(now).is_empty(), "it is paused now");
}

#[test]
fn the_next_run_is_the_first_of_all_schedules() {
    let table = Timetable::new(
        &flows("a: at 18:00; cron \"15 9 * * *\"; on change\nb: on change"),
        &[].into(),
        instant(MORNING),
    );
    assert_eq!(
        table.next_run("a"),
        Some(NextRun::At(instant("2026-06-01T09:15:00Z")))
    );
    assert_eq!(table.next_run("b"), Some(NextRun::OnEvent));
    assert_eq!(table.next(), Some(instant("2026-06-01T09:15:00Z")));
}
