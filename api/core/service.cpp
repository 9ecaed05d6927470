#include "api/core/service.h"

#include "api/core/protocols/codec.h"

namespace millrace {

HttpResponse Service::error(const ApiError& e, const Request& request) const {
  return codec_of(request.protocol).error(e, request);
}

}  // namespace millrace
