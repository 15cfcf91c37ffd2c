// A job is a body and up to threads() pieces, one slot each. The caller writes the job, opens the slots and raises the
// generation, which the workers watch; whoever closes a slot runs its piece. A worker begins with its own slot, so
// that the same thread meets the same part of an array at every call; then it, like the caller, takes what nobody has
// begun. So a worker that sleeps holds nothing up. The last one to finish a piece lets the caller go.
#include <gradus/core/kernels/parallel.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace gradus_base {
namespace {

// How often a thread looks before it sleeps: some 50 microseconds, more than most pauses between two kernels.
constexpr int kLooks = 2000;

// Tells the core that this is a waiting loop, so that it gives way to its twin and leaves the loop cheaply.
void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

// True on a thread that is inside a body.
thread_local bool inside = false;

class ThreadPool {
 public:
  static ThreadPool& instance() {
    static ThreadPool pool;
    return pool;
  }

  ~ThreadPool() { stop_workers(); }

  int threads() const { return threads_.load(std::memory_order_relaxed); }

  void set_threads(int count) {
    std::lock_guard lock(mutex_);
    const int before = threads();
    if (count == before) return;
    try {
      start(count);
    } catch (const std::exception& error) {
      try {
        start(before);
      } catch (const std::exception&) {
        start(1);  // needs no other thread
      }
      throw std::runtime_error("cannot start " + std::to_string(count) + " threads: " + error.what());
    }
  }

  // False if another thread has the pool.
  bool run(int pieces, std::int64_t count, detail::RangeBody body, const void* context) {
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return false;
    pieces = std::min(pieces, threads());  // it may have changed
    pieces_ = pieces;
    count_ = count;
    body_ = body;
    context_ = context;
    remaining_.store(pieces, std::memory_order_relaxed);
    const std::uint64_t job = generation_.load(std::memory_order_relaxed) + 1;
    for (int i = 1; i < pieces; ++i) slot(i).open_for.store(job, std::memory_order_release);
    generation_.store(job, std::memory_order_seq_cst);
    generation_.notify_all();

    run_piece(0);
    for (int i = 1; i < pieces; ++i) take(i, job);
    for (int look = 0, left; (left = remaining_.load(std::memory_order_acquire)) != 0; ++look) {
      if (look < looks_) {
        relax();
      } else {
        remaining_.wait(left);
      }
    }
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    return true;
  }

 private:
  void start(int count) {
    stop_workers();
    slots_ = std::make_unique<Slot[]>(static_cast<std::size_t>(count));
    // More threads than cores: a waiting thread would keep a working one from its core.
    looks_ = count <= usable_threads() ? kLooks : 0;
    threads_ = count;
    stopping_ = false;
    for (int i = 1; i < count; ++i) workers_.emplace_back([this, i, seen = generation_.load()] { work(i, seen); });
  }

  struct alignas(64) Slot {                   // a cache line each
    std::atomic<std::uint64_t> open_for = 0;  // the job whose piece nobody has begun, or 0
  };

  Slot& slot(int i) { return slots_[static_cast<std::size_t>(i)]; }

  void work(int index, std::uint64_t seen) {
    while (true) {
      std::uint64_t job = seen;
      for (int look = 0; (job = generation_.load(std::memory_order_acquire)) == seen; ++look) {
        if (look < looks_) {
          relax();
        } else {
          generation_.wait(seen);
        }
      }
      seen = job;
      if (stopping_) return;
      for (int i = index; i < threads(); ++i) take(i, job);
      for (int i = 1; i < index; ++i) take(i, job);
    }
  }

  // Runs piece i unless somebody has begun it. The job cannot end while the slot is open, so who closes it may read it.
  void take(int i, std::uint64_t job) {
    if (slot(i).open_for.load(std::memory_order_relaxed) != job) return;
    if (slot(i).open_for.compare_exchange_strong(job, 0, std::memory_order_acq_rel)) run_piece(i);
  }

  void run_piece(int i) {
    inside = true;
    const FlushSubnormals flush;
    try {
      body_(context_, count_ * i / pieces_, count_ * (i + 1) / pieces_);
    } catch (...) {
      std::lock_guard lock(failure_mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
    inside = false;
    if (remaining_.fetch_sub(1, std::memory_order_acq_rel) == 1) remaining_.notify_one();
  }

  void stop_workers() {
    stopping_ = true;
    ++generation_;
    generation_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
  }

  std::mutex mutex_;  // held by the caller whose job it is
  std::atomic<int> threads_ = 1;
  int looks_ = kLooks;
  std::vector<std::thread> workers_;
  std::unique_ptr<Slot[]> slots_;
  std::atomic<bool> stopping_ = false;

  detail::RangeBody body_ = nullptr;
  const void* context_ = nullptr;
  std::int64_t count_ = 0;
  int pieces_ = 0;
  std::mutex failure_mutex_;
  std::exception_ptr failure_;

  alignas(64) std::atomic<std::uint64_t> generation_ = 0;  // the number of jobs so far
  alignas(64) std::atomic<int> remaining_ = 0;             // pieces that have not ended
};

}  // namespace

void set_threads(int count) {
  if (count < 1) throw std::invalid_argument("set_threads: expected 1 or more, got " + std::to_string(count));
  if (inside) throw std::invalid_argument("set_threads: called from inside a parallel_for");
  ThreadPool::instance().set_threads(count);
}

int threads() { return ThreadPool::instance().threads(); }

void detail::parallel_for(std::int64_t count, std::int64_t grain, RangeBody body, const void* context) {
  if (count <= 0) return;
  ThreadPool& pool = ThreadPool::instance();
  const std::int64_t pieces = std::min<std::int64_t>(pool.threads(), count / std::max<std::int64_t>(grain, 1));
  if (pieces <= 1 || inside || !pool.run(static_cast<int>(pieces), count, body, context)) {
    const FlushSubnormals flush;
    body(context, 0, count);
  }
}

}  // namespace gradus_base
