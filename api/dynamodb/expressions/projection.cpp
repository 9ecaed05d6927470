#include "api/dynamodb/expressions/projection.h"

#include "api/dynamodb/expressions/lexer.h"

namespace millrace::dynamodb {

namespace {

class ProjectionParser final : private Parser {
 public:
  using Parser::Parser;

  std::vector<Path> parse() {
    std::vector<Path> paths;
    PathClash clash;
    do {
      Path path = parse_path();
      check_paths(paths, path, clash);
      paths.push_back(std::move(path));
    } while (take_symbol(","));
    expect_end();
    throw_noted({kReserved, kUndefinedName});
    if (!clash.overlap.empty()) fail(clash.overlap);
    if (!clash.conflict.empty()) fail(clash.conflict);
    return paths;
  }

 private:
  [[nodiscard]] bool is_keyword(std::string_view) const override { return false; }
};

}  // namespace

std::vector<Path> parse_projection(std::string_view expression, Placeholders& placeholders) {
  return ProjectionParser("ProjectionExpression", expression, placeholders).parse();
}

}  // namespace millrace::dynamodb
