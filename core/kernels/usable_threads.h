// What usable_threads() (parallel.h) is made of, for its test.
#pragma once

#include <gradus/core/base.h>

#include <filesystem>

namespace gradus_base::detail {

// The smallest CPU quota, rounded up, of the control groups that this process is in and of those that they lie in;
// INT_MAX if there is none. `own_groups` is a file such as /proc/self/cgroup. Groups that do not exist below `mounted`
// set no limit: a container may see its own group as the root, but be told the path to it from outside.
int cgroup_threads(const std::filesystem::path& own_groups, const std::filesystem::path& mounted);

}  // namespace gradus_base::detail
