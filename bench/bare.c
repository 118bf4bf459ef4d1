/* The limit: accept websockets, then write the same bytes to each of them, one write per reader, in C.
 * Usage: bare PORT BYTES. A byte on standard input sends one frame of BYTES to everybody; its end ends the program.
 * The handshake is not checked: the same 101 for everybody, which is right for the key that bench/crowd.py sends. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static const char SWITCHING[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int bytes = atoi(argv[2]), one = 1, count = 0, most = 1 << 17;
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  char *frame = malloc(bytes + 4);
  frame[0] = (char)0x81, frame[1] = 126, frame[2] = (char)(bytes >> 8), frame[3] = (char)bytes;
  memset(frame + 4, 'x', bytes);
  int *readers = malloc(sizeof(int) * most), listener = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) return 1;
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[512];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  event.data.fd = 0;
  epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event);
  puts("ready");
  fflush(stdout);
  for (;;) {
    int found = epoll_wait(epoll, events, 512, -1);
    for (int i = 0; i < found; i++) {
      int fd = events[i].data.fd;
      char data[4096];
      if (fd == listener) {
        int reader = accept4(listener, 0, 0, SOCK_NONBLOCK);
        if (reader < 0) continue;
        setsockopt(reader, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        event.data.fd = reader;
        epoll_ctl(epoll, EPOLL_CTL_ADD, reader, &event);
      } else if (fd == 0) {
        if (read(0, data, 1) != 1) return 0;
        for (int r = 0; r < count; r++)
          if (write(readers[r], frame, bytes + 4) < 0) continue;
      } else {
        ssize_t got = read(fd, data, sizeof data);
        if (got <= 0) {
          close(fd);
        } else if (!strncmp(data, "GET ", 4) && count < most) {
          readers[count++] = fd;
          if (write(fd, SWITCHING, sizeof SWITCHING - 1) < 0) continue;
        }
      }
    }
  }
}
