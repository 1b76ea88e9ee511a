package dynamo_test

import (
	"cmp"
	"maps"
	"slices"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/shop"
)

func refOf(j shop.Job) shop.JobRef { return shop.JobRef{Account: j.Account, Job: j.ID} }

// newJob is a job that is due at that time.
func newJob(at time.Time) shop.Job {
	job := fresh(newAgent()).job
	job.DueAt = at
	return job
}

func (s store) expectDue(t *testing.T, what string, at time.Time, want ...shop.Job) {
	t.Helper()
	due, err := s.DueJobs(t.Context(), at)
	expectOK(t, err)
	expectSame(t, what, sorted(due), sorted(idsOfJobs(want)))
}

func idsOfJobs(jobs []shop.Job) []shop.JobRef {
	var refs []shop.JobRef
	for _, j := range jobs {
		refs = append(refs, refOf(j))
	}
	return refs
}

func sorted(refs []shop.JobRef) []shop.JobRef {
	slices.SortFunc(refs, func(a, b shop.JobRef) int { return cmp.Compare(a.Job, b.Job) })
	return refs
}

func TestDueJobs(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		past, present, future := newJob(now.Add(-time.Hour)), newJob(now), newJob(now.Add(time.Millisecond))
		s.commit(t, shop.Change{Jobs: []shop.Job{past, present, future}, At: now})
		s.expectDue(t, "at its very time", now, past, present)
		s.expectDue(t, "before", now.Add(-time.Millisecond), past)
		s.expectDue(t, "after", now.Add(time.Hour), past, present, future)
	})
}

// A job leaves the due ones when it is settled, and moves when it is put off.
func TestDueJobMoves(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*shop.Job)
		at     time.Time // the first time at which it is due; zero for never
	}{
		"done":        {func(j *shop.Job) { j.Status = shop.JobDone }, time.Time{}},
		"failed":      {func(j *shop.Job) { j.Status = shop.JobFailed }, time.Time{}},
		"claimed":     {func(j *shop.Job) { j.DueAt = now.Add(2 * time.Minute) }, now.Add(2 * time.Minute)},
		"rescheduled": {func(j *shop.Job) { j.DueAt = now.Add(time.Millisecond) }, now.Add(time.Millisecond)},
	}
	onEach(t, func(t *testing.T, s store) {
		for name, test := range tests {
			job := newJob(now)
			s.commit(t, shop.Change{Jobs: []shop.Job{job}, At: now})
			job.Version++
			test.change(&job)
			s.commit(t, shop.Change{Jobs: []shop.Job{job}, At: now})
			s.expectDue(t, name+": now", now)
			if test.at.IsZero() {
				s.expectDue(t, name+": ever", now.AddDate(10, 0, 0))
				continue
			}
			s.expectDue(t, name+": just before", test.at.Add(-time.Millisecond))
			s.expectDue(t, name+": then", test.at, job)
			job.Version++
			job.Status = shop.JobDone
			s.commit(t, shop.Change{Jobs: []shop.Job{job}, At: now})
			s.expectDue(t, name+": settled at last", now.AddDate(10, 0, 0))
		}
	})
}

// Many due jobs are spread over the shards; whoever settles what is nominated
// gets to all of them, the longest due first.
func TestDueJobsAreDrained(t *testing.T) {
	t.Parallel()
	const (
		batches = 4
		batch   = 90 // of the 100 entries of a transaction
		shards  = 8
		most    = 1000 // of a shard
	)
	onEach(t, func(t *testing.T, s store) {
		left := make(map[shop.JobRef]shop.Job)
		for i := range batches {
			var jobs []shop.Job
			for j := range batch {
				job := newJob(now.Add(-time.Duration(i*batch+j) * time.Second))
				jobs = append(jobs, job)
				left[refOf(job)] = job
			}
			s.commit(t, shop.Change{Jobs: jobs, At: now})
		}
		expectSame(t, "shards", len(s.shards(t)), shards)
		for rounds := 0; len(left) > 0; rounds++ {
			due, err := s.DueJobs(t.Context(), now)
			expectOK(t, err)
			if len(due) == 0 || len(due) > shards*most || rounds > batches {
				t.Fatalf("%d jobs due and %d left in round %d", len(due), len(left), rounds)
			}
			s.settle(t, due, left)
		}
		s.expectDue(t, "nothing left", now)
	})
}

// shards counts the due jobs in each partition of the index.
func (s store) shards(t *testing.T) map[string]int {
	t.Helper()
	shards := make(map[string]int)
	for _, item := range s.items(t) {
		shards[textOf(item["GSI1PK"])]++
	}
	return shards
}

// settle settles due jobs. In each shard they must come in the order of their time.
func (s store) settle(t *testing.T, due []shop.JobRef, left map[shop.JobRef]shop.Job) {
	t.Helper()
	var done []shop.Job
	for _, ref := range due {
		job, isLeft := left[ref]
		if !isLeft {
			t.Fatalf("%v is due and was not left", ref)
		}
		delete(left, ref)
		job.Version++
		job.Status = shop.JobDone
		done = append(done, job)
	}
	longestDue := slices.MinFunc(append(slices.Collect(maps.Values(left)), done...), func(a, b shop.Job) int { return a.DueAt.Compare(b.DueAt) })
	if !slices.Contains(due, refOf(longestDue)) {
		t.Errorf("%v, the longest due, was not nominated", longestDue.ID)
	}
	for part := range slices.Chunk(done, 100) {
		s.commit(t, shop.Change{Jobs: part, At: now})
	}
}

// The stream and the index name a job by its item's key.
func TestJobRef(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		o := fresh(newAgent())
		s.commit(t, o.change())
		expectOK(t, s.PutCredential(t.Context(), o.credential))
		var jobs []shop.JobRef
		for _, item := range s.items(t) {
			if ref, isJob := dynamo.JobRef(textOf(item["PK"]), textOf(item["SK"])); isJob {
				jobs = append(jobs, ref)
				expectSame(t, "kind", textOf(item["kind"]), dynamo.JobKind)
			} else if textOf(item["kind"]) == dynamo.JobKind {
				t.Errorf("%v is a job", item)
			}
		}
		expectSame(t, "jobs", jobs, []shop.JobRef{refOf(o.job)})
	})
}

// What one account owes does not hide what another one owes.
func TestDueJobsBehindAStorm(t *testing.T) {
	t.Parallel()
	s := newStore(t, dynamotest.Embedded(t))
	storm := newAgent().Account()
	for range 30 {
		var jobs []shop.Job
		for range 100 {
			job := newJob(now.Add(-time.Hour))
			job.Account = storm
			jobs = append(jobs, job)
		}
		s.commit(t, shop.Change{Jobs: jobs, At: now})
	}
	other := newJob(now)
	s.commit(t, shop.Change{Jobs: []shop.Job{other}, At: now})
	due, err := s.DueJobs(t.Context(), now)
	expectOK(t, err)
	if !slices.Contains(due, refOf(other)) {
		t.Errorf("the job is not among %d that are due", len(due))
	}
}
