#include "server/functions/workers/interpreters.h"

#include <boost/asio.hpp>
#include <fstream>

#include "tests/unit/server/functions/functions_fixture.h"

namespace millrace::functions {
namespace {

namespace asio = boost::asio;

TEST(Interpreters, OneThatIsSlowToAnswerIsAskedAgain) {
  ScratchDirectory directory;
  const fs::path program = directory.path() / "python", quick = directory.path() / "quick";
  std::ofstream(program) << "#!/bin/sh\ntest -e " << quick.string() << " || exec sleep 60\n"
                         << "echo MILLRACE path /bin/sh\necho MILLRACE version 3.11.0\n";
  fs::permissions(program, fs::perms(0755));
  InterpreterNames names;
  names.python = program;
  const auto find = [](Interpreters& all) {
    asio::io_context context;
    auto found = asio::co_spawn(context, all.find("python3.11"), asio::use_future);
    context.run();
    return found.get();
  };
  Interpreters impatient(names, milliseconds(200));
  const auto late = find(impatient);
  ASSERT_TRUE(late.has_error());
  EXPECT_TRUE(has(late.error().reason, "did not answer in 0.2 s"));
  std::ofstream{quick};
  Interpreters patient(names);
  const auto found = find(patient);
  ASSERT_TRUE(found.has_value()) << found.error().reason;
  EXPECT_EQ(found->path, "/bin/sh");
}

}  // namespace
}  // namespace millrace::functions
