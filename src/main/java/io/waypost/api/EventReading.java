package io.waypost.api;

import io.waypost.event.NewEvent;
import io.waypost.tenancy.Caller;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;

interface EventReading {
    List<NewEvent> read(Caller caller, HttpServletRequest request);
}
