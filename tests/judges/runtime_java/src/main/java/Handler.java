import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/** What the tests of runtime clients call; index.py in Java. */
public class Handler implements RequestHandler<Map<String, Object>, Map<String, Object>> {
  @Override
  public Map<String, Object> handleRequest(Map<String, Object> event, Context context) {
    System.out.println("seen by " + context.getFunctionName());
    if (event.get("fail") != null) throw new IllegalArgumentException((String) event.get("fail"));
    if (event.get("Records") instanceof List<?> records) records.forEach(Handler::keep);
    return Map.of(
        "event", event,
        "request", context.getAwsRequestId(),
        "arn", context.getInvokedFunctionArn(),
        "memory", String.valueOf(context.getMemoryLimitInMB()),
        "left", context.getRemainingTimeInMillis());
  }

  private static void keep(Object item) {
    Object data = ((Map<?, ?>) ((Map<?, ?>) item).get("kinesis")).get("data");
    try {
      Files.writeString(
          Path.of(System.getenv("SEEN")), data + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
