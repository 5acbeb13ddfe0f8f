#include "common/sql/clean_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <vector>

namespace valueloop::sql {
namespace {

constexpr size_t kFileHeaderBytes = 100;
constexpr size_t kMinPageBytes = 512;
constexpr size_t kMaxPageBytes = 65536;
// A page that is no b-tree's begins with the highest byte of a page number. In files of fewer pages
// than this it is 0 or 1 and cannot be taken for a kind of b-tree page, the least of which is 2.
constexpr sqlite3_int64 kMaxPages = 0x01800000;
constexpr sqlite3_int64 kVacuumRootAt = 52;  // In the file's header: not 0 with auto_vacuum.

sqlite3_vfs clean_vfs;  // The default one but for opening.
sqlite3_vfs* plain_vfs = nullptr;
sqlite3_io_methods clean_methods;  // Those of the default one's files but for writing.
const sqlite3_io_methods* plain_methods = nullptr;
std::mutex methods_mutex;  // While the methods are being set; they never change afterwards.

size_t Read16(std::span<const uint8_t> bytes, size_t at) {
  return size_t{bytes[at]} << 8 | bytes[at + 1];
}

int WriteClean(sqlite3_file* file, const void* data, int count, sqlite3_int64 offset) {
  const auto size = static_cast<size_t>(std::max(count, 0));
  const bool is_page = size >= kMinPageBytes && size <= kMaxPageBytes && (size & (size - 1)) == 0 &&
                       offset % count == 0;
  if (is_page) {
    const auto* bytes = static_cast<const uint8_t*>(data);
    const PageGap gap = GapOf({bytes, size}, offset == 0);
    const auto is_zero = [](uint8_t byte) { return byte == 0; };
    sqlite3_int64 file_size = 0;
    if (!std::all_of(bytes + gap.begin, bytes + gap.end, is_zero) &&
        plain_methods->xFileSize(file, &file_size) == SQLITE_OK && file_size / count < kMaxPages) {
      std::vector<uint8_t> page(bytes, bytes + size);
      std::memset(page.data() + gap.begin, 0, gap.end - gap.begin);
      return plain_methods->xWrite(file, page.data(), count, offset);
    }
  }
  return plain_methods->xWrite(file, data, count, offset);
}

int OpenClean(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags,
              int* out_flags) {
  const int result = plain_vfs->xOpen(plain_vfs, name, file, flags, out_flags);
  if (result != SQLITE_OK || (flags & SQLITE_OPEN_MAIN_DB) == 0) return result;
  const std::lock_guard lock(methods_mutex);
  if (plain_methods == nullptr) {
    plain_methods = file->pMethods;
    clean_methods = *plain_methods;
    clean_methods.xWrite = WriteClean;
  }
  // Files on a system with other ways of locking have other methods, and are left alone, as are
  // those with auto_vacuum, which have pages of one more kind.
  std::array<uint8_t, 4> vacuum_root = {};
  const int read =
      plain_methods->xRead(file, vacuum_root.data(), vacuum_root.size(), kVacuumRootAt);
  const bool is_known = (read == SQLITE_OK || read == SQLITE_IOERR_SHORT_READ) &&
                        vacuum_root == std::array<uint8_t, 4>{};
  if (is_known && file->pMethods == plain_methods) file->pMethods = &clean_methods;
  return result;
}

}  // namespace

PageGap GapOf(std::span<const uint8_t> page, bool is_first) {
  const size_t header = is_first ? kFileHeaderBytes : 0;
  // A page whose end is reserved for other uses is not one of ours.
  if (page.size() < kMinPageBytes || (is_first && page[20] != 0)) return {};
  const uint8_t kind = page[header];
  const bool is_interior = kind == 2 || kind == 5;
  if (!is_interior && kind != 10 && kind != 13) return {};
  const size_t cell_count = Read16(page, header + 3);
  size_t content = Read16(page, header + 5);
  if (content == 0) content = kMaxPageBytes;
  const size_t begin = header + (is_interior ? 12 : 8) + 2 * cell_count;
  if (begin > content || content > page.size()) return {};
  return {.begin = begin, .end = content};
}

void UseCleanVfs() {
  static const bool registered = [] {
    sqlite3_initialize();
    plain_vfs = sqlite3_vfs_find(nullptr);
    if (plain_vfs == nullptr) return false;
    clean_vfs = *plain_vfs;
    clean_vfs.pNext = nullptr;
    clean_vfs.zName = "valueloop-clean";
    clean_vfs.xOpen = OpenClean;
    return sqlite3_vfs_register(&clean_vfs, /*makeDflt=*/1) == SQLITE_OK;
  }();
  (void)registered;
}

}  // namespace valueloop::sql
