package io.waypost.api.hub;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.waypost.api.http.Answers;
import io.waypost.api.http.Bodies;
import io.waypost.api.openapi.Schemas;
import io.waypost.api.openapi.Shape;
import io.waypost.platform.Fields;
import io.waypost.platform.Json;
import io.waypost.platform.storage.Backups;
import io.waypost.tenancy.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Backups of the embedded database, for whoever runs the gateway. */
@Tag(name = "Backups")
@RestController
@RequestMapping("/v1/backups")
final class BackupsApi {

    private final Backups backups;

    BackupsApi(Backups backups) {
        this.backups = backups;
    }

    @Operation(
            operationId = "createBackup",
            summary = "Write a backup of the embedded database beside it, while events come in; one at a time")
    @Shape(takes = Schemas.Nothing.class, optional = true, gives = Schemas.Backup.class)
    @PostMapping
    ResponseEntity<byte[]> create(Caller caller, HttpServletRequest request) {
        caller.requireAdmin();
        Fields.of(Bodies.optional(request)).done();
        var made = backups.make();
        return Answers.ok(Json.object()
                .put("file", made.file().toString())
                .put("bytes", made.bytes())
                .put("createdAt", made.at().toString()));
    }
}
