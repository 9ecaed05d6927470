#include "api/core/operation.h"

#include "api/core/cbor.h"

namespace millrace {

HttpResponse response_of(OrderedJson output, Fields fields, unsigned status, bool cbor) {
  HttpResponse response;
  response.status = status;
  bool has_payload = false;
  for (const FieldInfo& f : fields) {
    if (f.place == Place::body || !output.contains(f.name)) continue;
    const OrderedJson& v = output[f.name];
    if (f.place == Place::status) {
      response.status = v.get<unsigned>();
    } else if (f.place == Place::payload) {
      has_payload = true;  // the caller has the bytes
    } else {
      response.headers.add(f.name, v.is_string() ? v.get<std::string>() : v.dump());
    }
    output.erase(f.name);
  }
  if (has_payload || (output.empty() && fields.empty()) || response.status == 204) return response;
  response.body =
      cbor ? to_cbor(output, fields) : output.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
  return response;
}

Json parse_body(Fields input, const Request& request) {
  return request.cbor ? parse_cbor_object(input, request.http.body) : parse_object(request.http.body);
}

}  // namespace millrace
