// What `millrace doctor` shows of a running server: facts, and what is wrong.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace millrace {

// Something that needs an operator.
struct Finding {
  std::string id;      // for programs, snake_case, stable: "records_lost"
  std::string what;    // a sentence or two: what is wrong, and where
  std::string remedy;  // a sentence or two: what to do
  // What programs may want to know besides, an object: {"stream": "orders", "records": 3}.
  nlohmann::ordered_json details = nlohmann::ordered_json::object();
};

struct Health {
  // In the order in which they are shown: a name in lower case, and a string, number or boolean.
  nlohmann::ordered_json facts = nlohmann::ordered_json::object();
  std::vector<Finding> findings;
};

}  // namespace millrace
