#include "api/dynamodb/expressions/condition.h"

#include <algorithm>

#include "api/core/validate.h"

namespace millrace::dynamodb {

namespace {

// An operand in an item. Holds the number that size() gives; refers to everything else.
class Resolved {
 public:
  Resolved(const Operand& operand, const Item& item) {
    using Kind = Operand::Kind;
    const bool is_path = operand.kind == Kind::path || operand.kind == Kind::size_of_path;
    value_ = is_path ? find(item, operand.path) : &operand.value;
    if (operand.kind == Kind::path || operand.kind == Kind::value || !value_) return;
    const auto length = length_of(*value_);
    own_.data = Number::of(static_cast<std::int64_t>(length.value_or(0)));
    value_ = length ? &own_ : nullptr;
  }
  Resolved(const Resolved&) = delete;
  Resolved& operator=(const Resolved&) = delete;

  [[nodiscard]] const Value* get() const { return value_; }

 private:
  Value own_;
  const Value* value_ = nullptr;
};

bool equal(const Value* a, const Value* b) { return a && b && *a == *b; }

bool ordered(const Value* a, const Value* b, Condition::Kind kind) {
  if (!a || !b) return false;
  const std::partial_ordering by = order(*a, *b);
  switch (kind) {
    case Condition::Kind::less:
      return by < 0;
    case Condition::Kind::at_most:
      return by <= 0;
    case Condition::Kind::greater:
      return by > 0;
    default:
      return by >= 0;
  }
}

bool begins(const Value* value, const Value* start) {
  if (!value || !start) return false;
  if (const auto *text = value->as<std::string>(), *with = start->as<std::string>(); text && with)
    return text->starts_with(*with);
  if (const auto *bytes = value->as<Binary>(), *with = start->as<Binary>(); bytes && with)
    return bytes->bytes.starts_with(with->bytes);
  return false;
}

template <class T>
bool has_member(const Value& whole, const Value& part) {
  const auto* set = whole.as<SetOf<T>>();
  const T* member = part.as<T>();
  return set && member && std::binary_search(set->members.begin(), set->members.end(), *member);
}

bool contains(const Value* whole, const Value* part) {
  if (!whole || !part) return false;
  if (const auto *text = whole->as<std::string>(), *piece = part->as<std::string>(); text && piece)
    return text->find(*piece) != std::string::npos;
  if (const auto *bytes = whole->as<Binary>(), *piece = part->as<Binary>(); bytes && piece)
    return bytes->bytes.find(piece->bytes) != std::string::npos;
  if (const auto* list = whole->as<List>())
    return std::find(list->begin(), list->end(), *part) != list->end();
  return has_member<std::string>(*whole, *part) || has_member<Number>(*whole, *part) ||
         has_member<Binary>(*whole, *part);
}

bool has_type(const Value* value, const Value* name) {
  const auto* text = name ? name->as<std::string>() : nullptr;
  return value && text && name_of(value->type()) == *text;
}

}  // namespace

std::optional<std::size_t> length_of(const Value& value) {
  if (const auto* text = value.as<std::string>()) return java_length(*text);
  if (const auto* binary = value.as<Binary>()) return binary->bytes.size();
  if (const auto* set = value.as<SetOf<std::string>>()) return set->members.size();
  if (const auto* set = value.as<SetOf<Number>>()) return set->members.size();
  if (const auto* set = value.as<SetOf<Binary>>()) return set->members.size();
  if (const auto* list = value.as<List>()) return list->size();
  if (const auto* map = value.as<Item>()) return map->size();
  return std::nullopt;
}

bool Condition::holds(const Item& item) const {
  const auto holds_here = [&](const Condition& child) { return child.holds(item); };
  switch (kind) {
    case Kind::both:
      return std::all_of(children.begin(), children.end(), holds_here);
    case Kind::either:
      return std::any_of(children.begin(), children.end(), holds_here);
    case Kind::negated:
      return !children[0].holds(item);
    default:
      break;
  }
  const Resolved first(operands[0], item);
  if (kind == Kind::exists) return first.get() != nullptr;
  if (kind == Kind::not_exists) return first.get() == nullptr;
  if (kind == Kind::in)
    return std::any_of(operands.begin() + 1, operands.end(), [&](const Operand& operand) {
      return equal(first.get(), Resolved(operand, item).get());
    });
  const Resolved second(operands[1], item);
  switch (kind) {
    case Kind::equal:
      return equal(first.get(), second.get());
    case Kind::unequal:
      return !equal(first.get(), second.get());
    case Kind::between:
      return ordered(first.get(), second.get(), Kind::at_least) &&
             ordered(first.get(), Resolved(operands[2], item).get(), Kind::at_most);
    case Kind::has_type:
      return has_type(first.get(), second.get());
    case Kind::begins_with:
      return begins(first.get(), second.get());
    case Kind::contains:
      return contains(first.get(), second.get());
    default:
      return ordered(first.get(), second.get(), kind);
  }
}

void Condition::collect_paths(std::vector<const Path*>& paths) const {
  for (const Condition& child : children) child.collect_paths(paths);
  for (const Operand& operand : operands)
    if (operand.kind == Operand::Kind::path || operand.kind == Operand::Kind::size_of_path)
      paths.push_back(&operand.path);
}

}  // namespace millrace::dynamodb
