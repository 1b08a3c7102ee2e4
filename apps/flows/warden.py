"""The warden of a host: claims ready nodes, has them started, learns of ends, hands over.

One process a host, part of the worker service. It waits for two things, a word from the
shepherd (an attempt ended) and a wake-up (there may be work), and then makes one *turn*:
in one transaction it folds in everything that ended, lets the engine release what comes
after, claims as much of it as there are free slots, and writes it all down. Only after
the commit are the claimed nodes started. So a node costs one commit, a chain goes from
node to node without the broker, and a full host leaves nodes ready in the database.

Whatever it is killed in the middle of, the next warden finds out:

* claimed and committed, not started: there is no status file; it is started now;
* started: the status file was opened O_EXCL, so it is not started twice; it is adopted;
* ended, not recorded: the status file says how it ended;
* gone without a word (power loss, the shepherd killed): the attempt is lost, and the
  job's policy says whether it may run again.
"""

from __future__ import annotations

import gc
import logging
import math
import selectors
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils import timezone

from apps.engine.plan import Happening, Node, Reported
from apps.engine.states import ENDED, State
from apps.flows import wake
from apps.flows.aside import REFUSED, Aside
from apps.flows.claims import PATIENCE, Claim, Pace, claim_nodes, fold, is_of
from apps.flows.contexts import RunContext, run_context
from apps.flows.events import HeldRun, Stale, record
from apps.flows.heartbeats import INTERVAL, beat
from apps.flows.hosts import Life
from apps.flows.kept import KeptRuns
from apps.flows.models import BUSY_STATES, NodeRun
from apps.flows.orphans import Orphans
from apps.flows.outcomes import happening_of
from apps.flows.outside import Outside
from apps.flows.prepare import ANY, prepare
from apps.flows.ready import ready_nodes
from apps.flows.recoveries import Recovery
from apps.flows.retention import FolderSweep
from apps.flows.revisions import compiled
from apps.flows.routes import served_by
from apps.jobs.kinds import JobError
from apps.jobs.logs import make_runs_folder, status_path
from apps.jobs.supervisor import Supervisor, forbid_start
from apps.jobs.wards import Wards
from apps.lib.live import announce
from apps.lib.nudge import nudge
from apps.projects.models import Host

logger = logging.getLogger(__name__)

#: Seconds without news after which the warden looks by itself: a lost nudge costs no more.
LOOK_INTERVAL = 1.0
ADOPT_INTERVAL = 10.0
ANNOUNCE_INTERVAL = 0.1
POLL_INTERVAL = 0.1
#: While all slots are busy, ends are written down together: after so many seconds, or so many of them.
HOLD = 0.01
HOLD_COUNT = 32
CONTEXTS_KEPT = 256
ADOPTED = "They ran on while no warden followed them."
UNSTARTED = "They were claimed and never started."


class Warden:
    def __init__(self, host: Host) -> None:
        self.host = host
        make_runs_folder()
        supervisor = Supervisor(
            Path(settings.HEADRACE_RUNTIME) / "shepherd.sock",
            log_bytes=settings.HEADRACE_LOG_BYTES,
            log_compress_bytes=settings.HEADRACE_LOG_COMPRESS_BYTES,
        )
        self.wards = Wards(supervisor, settings.HEADRACE_KILL_GRACE)
        #: What is known and not written down yet, by run. It is kept until it is.
        self.news: dict[int, list[Happening]] = defaultdict(list)
        self.news_since = 0.0
        self.aside = Aside()
        #: The runs of the step that is being made.
        self.in_step: set[int] = set()
        self.pace = Pace()
        self.runs = KeptRuns()
        #: More may be ready than was claimed at the last look.
        self.backlog = True
        self.contexts: dict[int, RunContext] = {}
        self.changed: set[int] = set()
        self.life = Life(host)
        self.served = served_by(host)
        self.orphans = Orphans(host, settings.HEADRACE_KILL_GRACE)
        self.outside = Outside(host)
        self.sweep = FolderSweep(host)
        self.is_stopping = False
        self.due = dict.fromkeys(("look", "adopt", "beat", "announce"), 0.0)
        self.bell = wake.listen(str(host.pk))
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.bell, selectors.EVENT_READ)

    # --- the loop

    def serve(self) -> None:
        self.selector.register(wake.on_interrupt(self._stop), selectors.EVENT_READ)
        gc.freeze()  # what was imported stays: no need to look through it for garbage again and again
        while not self.is_stopping:
            try:
                self.round()
            except (DatabaseError, InterfaceError) as error:
                # The database is away or busy: what is known is kept, and told when it is back.
                logger.warning("the database does not answer, trying again: %s", error)
                connection.close()
                self.due["beat"] = 0.0
                time.sleep(0.5)
        self.bell.close()

    def round(self) -> None:
        """Wait for something to happen, then deal with it."""
        self._reconnect()
        woken = self._wait()
        now = time.monotonic()
        if self._is_due("beat", now, INTERVAL):
            self._beat()
        if self._is_due("adopt", now, ADOPT_INTERVAL):
            self.outside.refresh()
            self.adopt()
            self.orphans.tend(now)
            self.sweep.step(now)
        self._collect()
        if is_look := woken or self._is_due("look", now, LOOK_INTERVAL):
            self.backlog = True
            self.outside.write()
            for run_id, news in self.aside.due(now):
                self.news[run_id] += news
        self._give_back()
        if (self.news and not self._may_hold()) or (self.backlog and self.free_slots > 0):
            try:
                self.turn()
            except REFUSED:
                self._find_refused()
        if is_look:  # after what waits to be started, which somebody may be waiting for
            self._stop_what_must()
        if self.changed and self._is_due("announce", now, ANNOUNCE_INTERVAL):
            announce(self.changed)
            self.changed = set()

    def _beat(self) -> None:
        """Before anything else is done: who was given up must know."""
        was_doubtful = self.life.is_doubtful
        if self.life.say():
            self.orphans.expect()
        if was_doubtful:
            self.due["adopt"] = 0.0
        self.served = served_by(self.host)
        beat("warden", host=self.host.name, running=len(self.wards), slots=self.host.slots)

    @property
    def free_slots(self) -> int:
        return self.host.slots - len(self.wards)

    def _wait(self) -> bool:
        """True when somebody rang the bell."""
        if self.news:
            timeout = self.news_since + HOLD - time.monotonic() if self._may_hold() else 0.0
        else:
            soon = bool(self.changed or self.outside) or self.free_slots < 0 or self.wards.need_polling()
            timeout = min(POLL_INTERVAL if soon else LOOK_INTERVAL, self.wards.next_deadline())
        if timeout > 0:
            self.selector.select(timeout)
        return wake.drain(self.bell)

    def _may_hold(self) -> bool:
        """Whether writing down can wait a little: every slot is busy, and the files keep what is known."""
        if self.free_slots > 0 or time.monotonic() - self.news_since >= HOLD:
            return False
        return sum(map(len, self.news.values())) < HOLD_COUNT

    def _is_due(self, what: str, now: float, interval: float) -> bool:
        if now < self.due[what]:
            return False
        self.due[what] = now + interval
        return True

    # --- one turn: fold, release, claim, write; then start

    def turn(self, alone: int | None = None) -> None:
        """Write down the news and claim what there is room for, in one transaction; or so for one run."""
        while True:
            news = self.news if alone is None else {alone: self.news.get(alone, [])}
            try:
                with transaction.atomic():
                    held, claimed = self._plan(news, timezone.now(), alone)
                break
            except Stale:
                self.runs.note_stale(news)
                continue  # somebody else changed one of the runs: look again
        self.runs.keep(held.values())
        for run_id in list(news):
            self.news.pop(run_id, None)
        self.changed.update(run.uid for run in held.values())
        for run in held.values():
            if run.run.state in ENDED:
                # Should it run again, it does so with the variables of that day.
                self.contexts.pop(run.pk, None)
        for run, node in claimed:
            self._launch(
                Claim(run.pk, node.ordinal, node.attempt, node.token, run.compiled.nodes[node.ordinal])
            )

    def _find_refused(self) -> None:
        """Make the step again run by run, and set aside those whose step is refused."""
        for run_id in sorted(self.in_step):
            try:
                self.turn(alone=run_id)
            except REFUSED:
                logger.exception("the step of run %s cannot be written: it is tried again later", run_id)
                self.aside.put(run_id, self.news.pop(run_id, []))

    def _give_back(self) -> None:
        """Take back from the shepherd what waited too long for a slot, all of it."""
        waiting = self.wards.waiting(self.host.slots) if self.free_slots < 0 else []
        if not waiting or time.monotonic() - self.wards.waits_since(waiting[0]) < PATIENCE:
            return
        self.pace = Pace()
        try:
            for key in waiting:
                self.wards.withdraw(key)
        except OSError as error:
            logger.warning("the shepherd is away: %s", error)
            self._disconnect()

    def _plan(
        self, news: Mapping[int, list[Happening]], now: datetime, alone: int | None
    ) -> tuple[dict[int, HeldRun], list[tuple[HeldRun, Node]]]:
        room = max(0, self.free_slots + self.pace.ahead(self.host.slots))
        # What waits goes first; a run hands over to itself only when nobody waits.
        look = self.backlog and room > 0
        wanted, is_cut = ready_nodes(self.served, room, but=self.aside.runs) if look else ([], False)
        if alone is not None:
            wanted, is_cut = [each for each in wanted if each[0] == alone], True
        self.in_step = {*news, *(run for run, _ in wanted)}
        held = self.runs.take(self.in_step)
        released = fold(held, news, now)
        mine = [node for node in released if is_of(self.served, held[node[0]], node[1])]
        wanted += [node for node in mine if node not in wanted]
        claimed = claim_nodes(self.host, held, wanted[:room], now)
        record(held.values(), now)
        if any(not self.served.takes(held[run].compiled.nodes[ordinal]) for run, ordinal in released):
            nudge("flows.wake")  # other hosts have something to start
        if room:
            # The end of a node of a limited run may let another one of them start.
            limited = any(run.limited for run in held.values())
            self.backlog = (
                len(wanted) >= room or len(mine) < len(released) or is_cut or (limited and not look)
            )
        else:
            self.backlog = self.backlog or bool(released)
        return held, claimed

    def _launch(self, claim: Claim) -> None:
        """Have an attempt started; what goes wrong before there is a process is its report."""
        if self.life.is_doubtful:
            return  # it may not be ours any more: what still is, is adopted after the next sign of life
        try:
            context = self._context(claim.run)
            how = {"allowance": self.served.allowances.get(context.project_id, ANY)}
            start = prepare(context, claim.ordinal, claim.node, claim.attempt, self.host.name, **how)
            self.wards.start(
                claim.key,
                start.status,
                limit=claim.node["timeout"] or math.inf,
                argv=start.argv,
                env=start.env,
                cwd=start.cwd,
                log=start.log,
                room=self.host.slots,
            )
            self.outside.watch(claim, context.uid)
        except JobError as error:
            self._refuse(claim, str(error), retryable=error.retryable)
        except OSError as error:
            logger.warning("the shepherd is away, what is claimed is started when it is back: %s", error)
            self._disconnect()
        except (DatabaseError, InterfaceError):
            raise
        except Exception as error:
            # One attempt that breaks what prepares it must not stop all the others of this host.
            logger.exception("attempt %s could not be prepared", claim.key)
            self._refuse(claim, f"it could not be prepared ({type(error).__name__}): see the worker's log")

    def _refuse(self, claim: Claim, reason: str, *, retryable: bool = False) -> None:
        reason = reason.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
        now = timezone.now()
        self._tell(claim.run, Reported(claim.ordinal, claim.token, None, now, reason, retryable=retryable))

    def _tell(self, run_id: int, happening: Happening) -> None:
        if run_id in self.aside:
            self.aside.add(run_id, happening)
            return
        if not self.news:
            self.news_since = time.monotonic()
        self.news[run_id].append(happening)

    # --- what became of attempts

    def _collect(self) -> None:
        try:
            outcomes = self.wards.collect()
        except OSError as error:
            logger.warning("the shepherd is away: %s", error)
            self._disconnect()
            return
        for outcome in outcomes:
            if not outcome.is_withdrawn:
                self.pace.note_end(outcome.seconds)
            run_id, happening = happening_of(outcome, timezone.now())
            if isinstance(happening, Reported) and happening.lost:
                self.life.notes.add(Recovery.Act.RESULT_MISSING, happening.reason, run_id)
            if not self.outside.holds(outcome, happening):
                self._tell(run_id, happening)
        for run_id, happening in self.outside.settled():
            self._tell(run_id, happening)

    def adopt(self) -> None:
        """Take up every attempt that the database says is ours and that is not tended yet."""
        rows = NodeRun.objects.filter(host=self.host, state__in=BUSY_STATES).values_list(
            "run_id",
            "run__uid",
            "ordinal",
            "attempt",
            "token",
            "run__revision_id",
            "run__revision__digest",
            "state",
        )
        for run_id, run_uid, ordinal, attempt, token, *revision, state in rows:
            claim = Claim(run_id, ordinal, attempt, token, compiled(*revision).nodes[ordinal])
            if claim.key in self.wards or claim.key in self.outside:
                continue
            if run_id in self.news or run_id in self.aside:
                continue
            path = status_path(run_uid, ordinal, attempt)
            if state == State.STOPPING:
                forbid_start(path, "it was stopped before")
            if path.exists():
                logger.info("adopting attempt %s of node %s of run %s", attempt, ordinal, run_id)
                self.wards.adopt(claim.key, path, limit=claim.node["timeout"] or math.inf)
                self.outside.watch(claim, run_uid)
                if state == State.STOPPING:
                    self.wards.ask_to_end(claim.key)
                self.life.notes.add(Recovery.Act.ADOPTED, ADOPTED, run_id)
            elif state != State.STOPPING:
                self.life.notes.add(Recovery.Act.STARTED_AGAIN, UNSTARTED, run_id)
                self._launch(claim)

    def _stop_what_must(self) -> None:
        busy = NodeRun.objects.filter(host=self.host, state__in=BUSY_STATES)
        rows = busy.values_list("run_id", "ordinal", "token", "state")
        stopping = {
            f"{run}.{ordinal}.{token}" for run, ordinal, token, state in rows if state == State.STOPPING
        }
        self.wards.ask_all_to_end(stopping)

    # --- the rest

    def _reconnect(self) -> None:
        if self.wards.supervisor.socket is not None:
            return
        try:
            self.wards.reconnect()
        except OSError as error:
            logger.error("no shepherd on this host, nothing can be started: %s", error)
            return
        self.selector.register(self.wards.supervisor, selectors.EVENT_READ)
        self.due["adopt"] = 0.0

    def _disconnect(self) -> None:
        if self.wards.supervisor.socket is not None:
            self.selector.unregister(self.wards.supervisor)
            self.wards.supervisor.close()

    def _context(self, run_id: int) -> RunContext:
        if run_id not in self.contexts:
            while len(self.contexts) >= CONTEXTS_KEPT:
                del self.contexts[next(iter(self.contexts))]
            self.contexts[run_id] = run_context(run_id)
        return self.contexts[run_id]

    def _stop(self, *_: object) -> None:
        self.is_stopping = True
