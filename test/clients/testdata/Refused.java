import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;

/** Uploads a file with both of Java's clients and prints the status and body of each answer. */
class Refused {
    public static void main(String[] args) throws Exception {
        URI url = URI.create(args[0]);
        Path file = Path.of(args[1]);

        HttpResponse<String> res = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build().send(
                HttpRequest.newBuilder(url).PUT(HttpRequest.BodyPublishers.ofFile(file)).build(),
                HttpResponse.BodyHandlers.ofString());
        System.out.println("HttpClient " + res.statusCode() + " " + res.body().replace("\n", ""));

        HttpURLConnection conn = (HttpURLConnection) url.toURL().openConnection();
        conn.setRequestMethod("PUT");
        conn.setDoOutput(true);
        conn.setFixedLengthStreamingMode(Files.size(file));
        Files.copy(file, conn.getOutputStream());
        try (InputStream body = conn.getErrorStream()) {
            int status = conn.getResponseCode();
            InputStream answer = body != null ? body : conn.getErrorStream();
            System.out.println("HttpURLConnection " + status + " " + new String(answer.readAllBytes()).replace("\n", ""));
        }
    }
}
