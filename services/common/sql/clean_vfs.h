// What SQLite leaves behind in its file, cleaned as it is written.
//
// secure_delete overwrites deleted rows, but not the copies that stay in the unallocated middle of
// a page when a full page is divided and rows move to its neighbour: about one in a hundred deleted
// customers was still readable in the file. Here every page of a main database file gets that
// middle zeroed on its way to the file, where nobody will miss it: no row is there.
#ifndef VALUELOOP_COMMON_SQL_CLEAN_VFS_H_
#define VALUELOOP_COMMON_SQL_CLEAN_VFS_H_

#include <cstdint>
#include <span>

namespace valueloop::sql {

// Makes it the one that connections opened from now on use. Thread-safe; once per process.
void UseCleanVfs();

// The unallocated part of a page: [begin, end) within it; empty unless it is a page of a b-tree.
// `is_first` says that it is the file's first page, which begins with the file's header.
// Source: "Database File Format", section 1.6, B-tree Pages (sqlite.org/fileformat2.html).
struct PageGap {
  size_t begin = 0;
  size_t end = 0;
};
PageGap GapOf(std::span<const uint8_t> page, bool is_first);

}  // namespace valueloop::sql

#endif  // VALUELOOP_COMMON_SQL_CLEAN_VFS_H_
